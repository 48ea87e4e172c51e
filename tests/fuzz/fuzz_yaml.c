/* fuzz: skills - YAML text to JSON, and looking lines up by every pointer of a small value. */
#include "skills/yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hone_error err = {0};
    struct hone_yaml_lines *lines = NULL;
    json_t *value = NULL;
    struct hone_span text = hone_span_of((const char *)data, size);
    if (hone_yaml_parse(&value, &lines, text, "fuzz", 1, &err) != 0) {
        if (err.code == 0 || err.message[0] == '\0') {
            abort(); /* a refusal without a reason */
        }
        return 0;
    }
    const char *key = NULL;
    json_t *member = NULL;
    json_object_foreach(value, key, member)
    {
        char pointer[256];
        (void)snprintf(pointer, sizeof(pointer), "/%s/0", key);
        if (hone_yaml_line(lines, pointer) < 1) {
            abort();
        }
    }
    char *dumped = json_dumps(value, JSON_ENCODE_ANY);
    if (dumped == NULL) {
        abort(); /* whatever is accepted must be JSON */
    }
    free(dumped);
    hone_yaml_lines_destroy(lines);
    json_decref(value);
    return 0;
}
