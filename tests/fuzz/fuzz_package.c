/* fuzz: skills - a package: SKILL.md up to a line "=====", skill.yaml after it. What loads must make
 * an interface and a trainer. */
#include "base/file.h"
#include "skills/kind.h"
#include "skills/package.h"
#include "skills/trainer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPLIT "\n=====\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(const char *folder, const char *name, struct hone_span content)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(content.data, 1, content.len, file) != content.len) {
        abort();
    }
    (void)fclose(file);
}

static void remove_file(const char *folder, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)unlink(path);
}

static void use(const struct hone_package *package)
{
    struct hone_error err = {0};
    struct hone_interface interface = {0};
    struct hone_trainer *trainer = NULL;
    if (package->kind->make_interface(package, &interface, &err) != 0 &&
        err.code != HONE_E_LIMIT) {
        abort();
    }
    hone_kind_interface_finish(&interface);
    if (package->kind->learns) {
        if (hone_trainer_create(&trainer, package, &err) != 0 ||
            !hone_trainer_fits_package(trainer)) {
            abort();
        }
        hone_trainer_destroy(trainer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char root[] = "/tmp/hone-fuzz-XXXXXX", folder[64];
    if (mkdtemp(root) == NULL) {
        abort();
    }
    (void)snprintf(folder, sizeof(folder), "%s/demo", root);
    struct hone_error err = {0};
    if (hone_file_make_folder(folder, 0700, &err) != 0) {
        abort();
    }
    const uint8_t *split = memmem(data, size, SPLIT, strlen(SPLIT));
    size_t len = split != NULL ? (size_t)(split - data) : size;
    write_file(folder, "SKILL.md", hone_span_of((const char *)data, len));
    if (split != NULL) {
        size_t from = len + strlen(SPLIT);
        write_file(folder, "skill.yaml",
                   hone_span_of((const char *)data + from, size - from));
    }
    struct hone_package *package = NULL;
    int code = hone_package_load(&package, folder, &err);
    if (code == 0) {
        use(package);
        hone_package_destroy(package);
    } else if (err.message[0] == '\0') {
        abort();
    }
    remove_file(folder, "SKILL.md");
    remove_file(folder, "skill.yaml");
    (void)rmdir(folder);
    (void)rmdir(root);
    return 0;
}
