#include "tests/support/support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "skills/kind.h"
#include "skills/manifest_schema.h"
#include "skills/package.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD "---\nname: demo\ndescription: Sorts things.\n---\n"
#define GOOD "format: 1\nkind: classify\nlabels: [a, b]\n"

/* A folder `demo` in a folder of its own. */
struct fixture {
    char *root;
    char *folder;
};

static int set_up(void **state)
{
    struct fixture *fixture = hone_alloc_zeroed(1, sizeof(*fixture));
    fixture->root = support_make_folder();
    fixture->folder = hone_alloc_format("%s/demo", fixture->root);
    assert_int_equal(mkdir(fixture->folder, 0755), 0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    support_remove_folder(fixture->root);
    free(fixture->folder);
    free(fixture->root);
    free(fixture);
    return 0;
}

static void write_package(const struct fixture *fixture, const char *document,
                          const char *manifest)
{
    char *path = hone_alloc_format("%s/skill.yaml", fixture->folder);
    (void)unlink(path);
    free(path);
    support_write_file(fixture->folder, "SKILL.md", document);
    if (manifest != NULL) {
        support_write_file(fixture->folder, "skill.yaml", manifest);
    }
}

static struct hone_package *load_data(const char *name)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    char *relative = hone_alloc_format("tests/data/skills/%s", name);
    char *path = support_source_path(relative);
    support_ok(hone_package_load(&package, path, &err), &err);
    free(path);
    free(relative);
    return package;
}

static void a_minimal_package_gets_the_defaults(void **state)
{
    (void)state;
    struct hone_package *package = load_data("minimal");
    assert_string_equal(package->name, "minimal");
    assert_string_equal(package->title, "minimal");
    assert_string_equal(package->description, "Sorts a short note into work or home.");
    assert_string_equal(package->instructions, "");
    assert_ptr_equal(package->kind, hone_kind_find(hone_span_text("classify")));
    assert_int_equal(package->n_fields, 1);
    assert_string_equal(package->fields[0].name, "text");
    assert_int_equal(package->fields[0].type, HONE_PACKAGE_STRING);
    assert_true(package->fields[0].required);
    assert_int_equal(package->n_labels, 2);
    assert_string_equal(package->labels[0].name, "work");
    assert_string_equal(package->labels[0].description, "");
    assert_string_equal(package->labels[1].name, "home");
    assert_false(package->labels_open);
    assert_int_equal(package->labels_max, 256);
    assert_int_equal(package->gate_min_pairs, 200);
    assert_null(package->icon.file);
    support_near((double)package->abstain_below, 0.0, 0.0);
    hone_package_destroy(package);
}

static void reads_all_that_a_package_may_say(void **state)
{
    (void)state;
    static const char title[] = "Gr\xC3\xB6\xC3\x9F"
                                "e falsch";
    struct hone_package *package = load_data("full");
    assert_string_equal(package->title, "Order reports");
    assert_string_equal(package->icon.file->path, "references/icon.png");
    assert_string_equal(package->icon.head.mime_type, "image/png");
    assert_int_equal(package->icon.head.width, 32);
    assert_int_equal(package->icon.head.height, 32);
    assert_non_null(strstr(package->description, "for every report of an order."));
    assert_non_null(strstr(package->instructions, "# Orders"));
    assert_int_equal(package->n_fields, 4);
    assert_string_equal(package->fields[1].name, "amount");
    assert_int_equal(package->fields[1].type, HONE_PACKAGE_NUMBER);
    assert_string_equal(package->fields[1].description, "In euro.");
    assert_int_equal(package->fields[2].type, HONE_PACKAGE_INTEGER);
    assert_false(package->fields[2].required);
    assert_int_equal(package->fields[3].type, HONE_PACKAGE_BOOLEAN);
    assert_int_equal(package->n_labels, 4);
    assert_string_equal(package->labels[1].description, "The parcel did not come at all");
    assert_string_equal(package->labels[2].name, title);
    assert_int_equal(package->labels_max, 12);
    assert_int_equal(package->gate_min_pairs, 50);
    support_near((double)package->abstain_below, 0.4, 1e-6);
    const json_t *metadata = json_object_get(package->front_matter, "metadata");
    assert_string_equal(json_string_value(json_object_get(metadata, "version")), "1.2.0");
    hone_package_destroy(package);
}

static void a_folder_without_manifest_is_a_guide(void **state)
{
    (void)state;
    struct hone_package *package = load_data("guide");
    assert_string_equal(package->kind->name, "guide");
    assert_int_equal(strncmp(package->instructions, "# Release notes", 15), 0);
    hone_package_destroy(package);
}

static void an_open_set_may_begin_empty(void **state)
{
    (void)state;
    struct hone_package *package = load_data("open-topics");
    assert_true(package->labels_open);
    assert_int_equal(package->n_labels, 0);
    assert_int_equal(package->labels_max, 3);
    hone_package_destroy(package);
}

struct bad {
    const char *document; /* NULL: HEAD */
    const char *manifest; /* NULL: none */
    int code;
    const char *where; /* "file:line: " */
    const char *says;
};

#define LABELS(text) "format: 1\nkind: classify\nlabels:\n" text
#define LONG_NAME    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TWENTY       "twenty bytes of text"
#define HUNDRED      TWENTY TWENTY TWENTY TWENTY TWENTY
#define FRONT(text)  "---\nname: demo\ndescription: Sorts.\n" text "---\n"

static const struct bad bads[] = {
    /* SKILL.md */
    {"", GOOD, HONE_E_INVALID, "SKILL.md:1: ", "must be '---'"},
    {"# Demo\n", GOOD, HONE_E_INVALID, "SKILL.md:1: ", "must be '---'"},
    {"---\nname: demo\n", GOOD, HONE_E_INVALID, "SKILL.md:1: ", "has no end"},
    {"---\nname: demo\n---\n", GOOD, HONE_E_INVALID, "SKILL.md:2: ", "description"},
    {"---\ndescription: Sorts.\n---\n", GOOD, HONE_E_INVALID, "SKILL.md:2: ", "name"},
    {"---\nname: Demo\ndescription: S.\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:2: ", "lower-case"},
    {"---\ndescription: S.\nname: -demo\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:3: ", "begin or end with a hyphen"},
    {"---\nname: de--mo\ndescription: S.\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:2: ", "two hyphens"},
    {"---\nname: " LONG_NAME "\ndescription: S.\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:2: ", "1 to 64"},
    {"---\nname: other\ndescription: S.\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:2: ", "not the name of the folder, 'demo'"},
    {"---\nname: 7\ndescription: S.\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:2: ", "string"},
    {"---\nname: demo\ndescription: \"  \"\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md:3: ", "description is empty"},
    {"---\nname: demo\ndescription: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
         HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED "\n---\n",
     GOOD, HONE_E_INVALID, "SKILL.md:3: ", "description"},
    {FRONT("licence: MIT\n"), GOOD, HONE_E_INVALID, "SKILL.md:4: ", "license"},
    {FRONT("metadata:\n  version: 1.0\n"), GOOD, HONE_E_INVALID,
     "SKILL.md:5: ", "string"},
    {FRONT("a: [\n"), GOOD, HONE_E_INVALID, "SKILL.md:5: ", "did not find"},
    {"---\n- demo\n---\n", GOOD, HONE_E_INVALID, "SKILL.md:2: ", "object"},
    {"---\nname: demo\ndescription: \xFF\n---\n", GOOD, HONE_E_INVALID,
     "SKILL.md: ", "UTF-8"},
    {NULL, NULL, HONE_E_INVALID, "SKILL.md: ", "there is none"},
    /* skill.yaml */
    {NULL, "", HONE_E_INVALID, "skill.yaml:1: ", "nothing is here"},
    {NULL, "- a\n", HONE_E_INVALID, "skill.yaml:1: ", "a mapping is expected"},
    {NULL, "kind: classify\nlabels: [a, b]\n", HONE_E_INVALID,
     "skill.yaml:1: ", "'format' is missing"},
    {NULL, "kind: classify\nlabels: [a, b]\nformat: 1\n", HONE_E_INVALID,
     "skill.yaml:3: ", "must be the first key"},
    {NULL, "format: 2\nkind: magic\nnew: [a]\n", HONE_E_VERSION,
     "skill.yaml:1: ", "newer than this build"},
    {NULL, "format: \"1\"\nkind: classify\nlabels: [a, b]\n", HONE_E_INVALID,
     "skill.yaml:1: ", "format"},
    {NULL, "format: 0\nkind: classify\nlabels: [a, b]\n", HONE_E_INVALID,
     "skill.yaml:1: ", "format"},
    {NULL, "format: 1\nlabels: [a, b]\n", HONE_E_INVALID, "skill.yaml:1: ", "kind"},
    {NULL, "format: 1\nkind: sort\n", HONE_E_INVALID, "skill.yaml:2: ",
     "not offered by this build, which has: choose, classify, guide, rank"},
    {NULL, "format: 1\nkind: classify\nlabel: [a, b]\n", HONE_E_INVALID,
     "skill.yaml:3: ", "labels"},
    {NULL, "format: 1\nkind: classify\n", HONE_E_INVALID,
     "skill.yaml:1: ", "at least 2 labels"},
    {NULL, LABELS("  - a\n"), HONE_E_INVALID, "skill.yaml:3: ", "at least 2 labels"},
    {NULL, LABELS("  - a\n  - b\n  - A\n"), HONE_E_INVALID,
     "skill.yaml:6: ", "same word as 'a' (line 4)"},
    {NULL, LABELS("  - a\n  - 12\n"), HONE_E_INVALID, "skill.yaml:5: ", "string"},
    {NULL, LABELS("  - a\n  - b: 1\n"), HONE_E_INVALID, "skill.yaml:5: ", "string"},
    {NULL, LABELS("  - a\n  - b: x\n    c: y\n"), HONE_E_INVALID, "skill.yaml:5: ", "1"},
    {NULL, LABELS("  - a\n  - b: {weights: 2}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "weight"},
    {NULL, LABELS("  - a\n  - b: {weight: 0}\n"), HONE_E_INVALID, "skill.yaml:5: ", "0"},
    {NULL, LABELS("  - a\n  - b: {weight: 101}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "100"},
    {NULL, LABELS("  - a\n  - b: {was: 7}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "string"},
    {NULL, LABELS("  - a\n  - b: {was: \"\"}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "was: a label must not be empty"},
    {NULL, LABELS("  - a\n  - b: {was: A}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "'A' cannot be a former name of 'b': it is the label 'a'"},
    {NULL, LABELS("  - a: {was: [c, d]}\n  - b: {was: D}\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "it is a former name of 'a'"},
    {NULL, LABELS("  - a\n  - \"\"\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "must not be empty"},
    {NULL, LABELS("  - a\n  - \"b \"\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "with a space"},
    {NULL, LABELS("  - a\n  - \"b\\nc\"\n"), HONE_E_INVALID,
     "skill.yaml:5: ", "one line"},
    {NULL, LABELS("  - a\n  - \"\\u3000\"\n"), HONE_E_INVALID, "skill.yaml:5: ", "blank"},
    {NULL, LABELS("  - a\n  - " HUNDRED HUNDRED "x\n"), HONE_E_LIMIT,
     "skill.yaml:5: ", "over the limit of 200"},
    {NULL, "format: 1\nkind: classify\nlabels: a, b\n", HONE_E_INVALID,
     "skill.yaml:3: ", "array"},
    {NULL, GOOD "title: \"\"\n", HONE_E_INVALID, "skill.yaml:4: ", "title"},
    {NULL, GOOD "icon: 7\n", HONE_E_INVALID, "skill.yaml:4: ", "string"},
    {NULL, GOOD "icon: \"\"\n", HONE_E_INVALID, "skill.yaml:4: ", "icon"},
    {NULL, GOOD "icon: icon.png\n", HONE_E_INVALID,
     "skill.yaml:4: ", "'icon.png' is not a file of the package"},
    {NULL, GOOD "icon: ./SKILL.md\n", HONE_E_INVALID,
     "skill.yaml:4: ", "not a file of the package"},
    {NULL, GOOD "icon: ../demo/SKILL.md\n", HONE_E_INVALID,
     "skill.yaml:4: ", "not a file of the package"},
    {NULL, GOOD "icon: SKILL.md\n", HONE_E_INVALID,
     "skill.yaml:4: ", "neither a PNG nor a JPEG"},
    {NULL, GOOD "input: {}\n", HONE_E_INVALID, "skill.yaml:4: ", "input"},
    {NULL, GOOD "input:\n  text: string\n", HONE_E_INVALID, "skill.yaml:5: ", "object"},
    {NULL, GOOD "input:\n  text: {}\n", HONE_E_INVALID, "skill.yaml:5: ", "type"},
    {NULL, GOOD "input:\n  text: {type: text}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "string"},
    {NULL, GOOD "input:\n  the text: {type: string}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "'the text' must be named"},
    {NULL, GOOD "input:\n  text: {type: string}\n  9a: {type: string}\n", HONE_E_INVALID,
     "skill.yaml:6: ", "'9a' must be named"},
    {NULL, GOOD "input:\n  text: {type: string, optional: true}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "optional"},
    {NULL, GOOD "options:\n  labels: half\n", HONE_E_INVALID, "skill.yaml:5: ", "closed"},
    {NULL, GOOD "options:\n  abstain_below: 1.5\n", HONE_E_INVALID,
     "skill.yaml:5: ", "1"},
    {NULL, GOOD "options:\n  labels_max: 1\n", HONE_E_INVALID,
     "skill.yaml:5: ", "2 labels are listed"},
    {NULL, GOOD "options:\n  abstain: 0.5\n", HONE_E_INVALID,
     "skill.yaml:5: ", "abstain"},
    {NULL, GOOD "options:\n  abstain: {error_rate: 0.1, coverage: 0.9}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "1"},
    {NULL, GOOD "options:\n  abstain: {error_rate: 1}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "0.999"},
    {NULL, GOOD "options:\n  multi_label: yes please\n", HONE_E_INVALID,
     "skill.yaml:5: ", "true or false"},
    {NULL, GOOD "options:\n  multi_label: {precision: 1}\n", HONE_E_INVALID,
     "skill.yaml:5: ", "0.999"},
    {NULL, GOOD "options:\n  abstain_below: 0.5\n  multi_label: true\n", HONE_E_INVALID,
     "skill.yaml:6: ", "not 'abstain' or 'abstain_below'"},
    {NULL, "format: 1\nkind: rank\noptions:\n  multi_label: true\n", HONE_E_INVALID,
     "skill.yaml:4: ", "'multi_label' is for classify skills"},
    {NULL, GOOD "options:\n  drift: sometimes\n", HONE_E_INVALID,
     "skill.yaml:5: ", "true or false"},
    {NULL, GOOD "gate:\n  min_pairs: 1\n", HONE_E_INVALID, "skill.yaml:5: ", "2"},
    {NULL, GOOD "gate:\n  max_change: 0\n", HONE_E_INVALID, "skill.yaml:5: ", "0"},
    {NULL, GOOD "gate:\n  max_change: 1.1\n", HONE_E_INVALID, "skill.yaml:5: ", "1"},
    {NULL, GOOD "sources: {trusted: []}\n", HONE_E_INVALID, "skill.yaml:4: ", "1"},
    {NULL, GOOD "sources: {max_share: 0}\n", HONE_E_INVALID, "skill.yaml:4: ", "0"},
    {NULL, GOOD "publish: sometimes\n", HONE_E_INVALID, "skill.yaml:4: ", "gated"},
    {NULL, GOOD "gate:\n  min_pairs: 1.5\n", HONE_E_INVALID, "skill.yaml:5: ", "integer"},
    {NULL, GOOD "kind: guide\n", HONE_E_INVALID,
     "skill.yaml:4: ", "there already (line 2)"},
    {HEAD "text\n", "format: 1\nkind: guide\nlabels: [a, b]\n", HONE_E_INVALID,
     "skill.yaml:3: ", "has no 'labels'"},
    {HEAD "text\n", "format: 1\nkind: guide\ngate: {}\n", HONE_E_INVALID,
     "skill.yaml:3: ", "has no 'gate'"},
};

static void refuses_what_is_wrong_and_says_where(void **state)
{
    const struct fixture *fixture = *state;
    bool failed = false;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        const struct bad *bad = &bads[i];
        struct hone_error err = {0};
        struct hone_package *package = NULL;
        write_package(fixture, bad->document != NULL ? bad->document : HEAD,
                      bad->manifest);
        int code = hone_package_load(&package, fixture->folder, &err);
        char *where = hone_alloc_format("%s/%s", fixture->folder, bad->where);
        if (code != bad->code || strncmp(err.message, where, strlen(where)) != 0 ||
            strstr(err.message + strlen(where), bad->says) == NULL) {
            print_error("%zu <%s>: %s (%d) %s\n", i,
                        bad->manifest != NULL ? bad->manifest : "", hone_error_name(code),
                        code, err.message);
            failed = true;
        }
        assert_null(package);
        free(where);
    }
    assert_false(failed);
}

static void accepts_what_is_unusual_but_right(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *document, *manifest;
    } table[] = {
        {"\xEF\xBB\xBF---\r\nname: demo\r\ndescription: Sorts.\r\n---\r\nbody\r\n", GOOD},
        {"---\nname: demo\ndescription: |\n  Two\n  lines.\n---", GOOD},
        {FRONT("allowed-tools: [Read, Grep]\n"), GOOD},
        {NULL, LABELS("  - a:\n  - yes: \"not a boolean\"\n  - no\n")},
        {NULL, "format: 1\nkind: classify\noptions: {labels: open}\nlabels: [a]\n"},
        {HEAD "---\nbody with a rule\n", "format: 1\nkind: guide\ntitle: Guide\n"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct hone_error err = {0};
        struct hone_package *package = NULL;
        write_package(fixture, table[i].document != NULL ? table[i].document : HEAD,
                      table[i].manifest);
        support_ok(hone_package_load(&package, fixture->folder, &err), &err);
        hone_package_destroy(package);
    }
}

static void hints_at_the_kind_that_was_meant(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    write_package(fixture, HEAD, "format: 1\nkind: clasify\nlabels: [a, b]\n");
    assert_int_equal(hone_package_load(&package, fixture->folder, &err), HONE_E_INVALID);
    assert_string_equal(err.hint, "did you mean 'classify'?");
}

#define PNG_HEAD(width) "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0" width "\0\0\0\20"

static void write_icon(const struct fixture *fixture, const char *bytes, size_t len)
{
    struct hone_error err;
    char *path = hone_alloc_format("%s/mark", fixture->folder);
    support_ok(hone_file_write(path, hone_span_of(bytes, len), 0644, &err), &err);
    free(path);
}

/* Loads a package with that icon; 0, or the code with the message and the hint in *err. */
static int load_icon(const struct fixture *fixture, const char *bytes, size_t len,
                     struct hone_error *err)
{
    struct hone_package *package = NULL;
    *err = (struct hone_error){0};
    write_package(fixture, HEAD,
                  "format: 1\nicon: mark\nkind: classify\nlabels: [a, b]\n");
    write_icon(fixture, bytes, len);
    int code = hone_package_load(&package, fixture->folder, err);
    hone_package_destroy(package);
    return code;
}

static void an_icon_is_a_small_picture_whatever_its_name(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err;
    static char large[HONE_PACKAGE_ICON_BYTES_MAX + 1] = PNG_HEAD("\4\0");
    static const char wide[] = PNG_HEAD("\4\1");
    static const char jpeg[] = "\xFF\xD8\xFF\xC0\0\13\10\0\20\1\1\1\0\0\0";
    support_ok(load_icon(fixture, large, sizeof(large) - 1, &err), &err);
    support_ok(load_icon(fixture, jpeg, sizeof(jpeg) - 1, &err), &err);
    assert_int_equal(load_icon(fixture, large, sizeof(large), &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "skill.yaml:2: the icon 'mark' has 16385 bytes"));
    assert_non_null(strstr(err.hint, "scale it down"));
    assert_int_equal(load_icon(fixture, wide, sizeof(wide) - 1, &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "skill.yaml:2: the icon 'mark' has 1025 by 16"));
    assert_non_null(strstr(err.hint, "scale it down"));
    assert_int_equal(load_icon(fixture, "GIF89a", 6, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "skill.yaml:2: the icon 'mark' cannot be shown"));
    assert_non_null(strstr(err.hint, "save it as PNG or JPEG"));
    assert_int_equal(load_icon(fixture, wide, 16, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "does not say its size"));
}

static void hints_at_the_icon_that_was_meant(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    write_package(fixture, HEAD, GOOD "icon: marc\n");
    write_icon(fixture, "x", 1);
    assert_int_equal(hone_package_load(&package, fixture->folder, &err), HONE_E_INVALID);
    assert_string_equal(err.hint, "did you mean 'mark'?");
    write_package(fixture, HEAD, GOOD "icon: data/picture.png\n");
    assert_int_equal(hone_package_load(&package, fixture->folder, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.hint, "below data/"));
}

static void labels_are_kept_in_normal_form(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    write_package(fixture, HEAD, LABELS("  - \"cafe\\u0301\"\n  - b\n"));
    support_ok(hone_package_load(&package, fixture->folder, &err), &err);
    assert_string_equal(package->labels[0].name, "caf\xC3\xA9");
    hone_package_destroy(package);
}

/* The error's code, or 0. */
static int try_load(const char *folder, struct hone_error *err)
{
    struct hone_package *package = NULL;
    int code = hone_package_load(&package, folder, err);
    hone_package_destroy(package);
    return code;
}

static void the_name_is_found_behind_dots_and_slashes(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    char *slashes = hone_alloc_format("%s//", fixture->folder);
    char *dot = hone_alloc_format("%s/.", fixture->folder);
    support_ok(try_load(slashes, &err), &err);
    support_ok(try_load(dot, &err), &err);
    free(dot);
    free(slashes);
}

static void refuses_a_folder_that_is_not_there(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    char *missing = hone_alloc_format("%s/none", fixture->root);
    assert_int_equal(try_load(missing, &err), HONE_E_NOT_FOUND);
    free(missing);
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "SKILL.md"));
}

static struct hone_digest digest_of(const char *folder)
{
    struct hone_error err = {0};
    struct hone_package *package = NULL;
    support_ok(hone_package_load(&package, folder, &err), &err);
    struct hone_digest digest = package->digest;
    hone_package_destroy(package);
    return digest;
}

static void make_folder(const char *folder, const char *name)
{
    char *path = hone_alloc_format("%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
    free(path);
}

static void the_digest_covers_path_and_content_of_each_file(void **state)
{
    const struct fixture *fixture = *state;
    write_package(fixture, HEAD, GOOD);
    make_folder(fixture->folder, "sub");
    support_write_file(fixture->folder, "sub/a", "one");
    struct hone_digest before = digest_of(fixture->folder);
    assert_true(hone_digest_equal(before, digest_of(fixture->folder)));
    support_write_file(fixture->folder, "sub/a", "two");
    assert_false(hone_digest_equal(before, digest_of(fixture->folder)));
    support_write_file(fixture->folder, "sub/a", "one");
    assert_true(hone_digest_equal(before, digest_of(fixture->folder)));
    support_write_file(fixture->folder, "sub/b", "");
    assert_false(hone_digest_equal(before, digest_of(fixture->folder)));
}

static void the_digest_is_what_the_header_says(void **state)
{
    const struct fixture *fixture = *state;
    write_package(fixture, HEAD, GOOD);
    struct hone_digest_stream stream;
    hone_digest_stream_init(&stream);
    const char *names[] = {"SKILL.md", "skill.yaml"};
    const char *contents[] = {HEAD, GOOD};
    for (size_t i = 0; i < 2; i++) {
        char text[HONE_DIGEST_TEXT_LEN + 1], size[32];
        hone_digest_format(hone_digest_of(hone_span_text(contents[i])), text);
        (void)snprintf(size, sizeof(size), "%zu", strlen(contents[i]));
        hone_digest_stream_update(&stream, names[i], strlen(names[i]) + 1);
        hone_digest_stream_update(&stream, size, strlen(size) + 1);
        hone_digest_stream_update(&stream, text, HONE_DIGEST_TEXT_LEN);
        hone_digest_stream_update(&stream, "\n", 1);
    }
    assert_true(
        hone_digest_equal(hone_digest_stream_final(&stream), digest_of(fixture->folder)));
}

static void the_digest_leaves_out_hidden_files_and_data(void **state)
{
    const struct fixture *fixture = *state;
    write_package(fixture, HEAD, GOOD);
    struct hone_digest before = digest_of(fixture->folder);
    make_folder(fixture->folder, "data");
    make_folder(fixture->folder, ".git");
    support_write_file(fixture->folder, "data/rows.jsonl", "{}");
    support_write_file(fixture->folder, ".git/HEAD", "x");
    support_write_file(fixture->folder, ".hidden", "x");
    assert_true(hone_digest_equal(before, digest_of(fixture->folder)));
}

static void refuses_symbolic_links(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    char *path = hone_alloc_format("%s/link", fixture->folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "link: symbolic links"));
    free(path);
}

static void refuses_special_files(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    char *path = hone_alloc_format("%s/pipe", fixture->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_INVALID);
    assert_non_null(strstr(err.message, "neither a regular file nor a folder"));
    free(path);
}

static void refuses_more_files_than_allowed(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    for (int i = 0; i < HONE_PACKAGE_FILES_MAX - 2; i++) {
        char *path = hone_alloc_format("%s/f%d", fixture->folder, i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fclose(file);
        free(path);
    }
    support_ok(try_load(fixture->folder, &err), &err);
    support_write_file(fixture->folder, "one-more", "");
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_LIMIT);
}

static void refuses_more_bytes_than_allowed(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    char *path = hone_alloc_format("%s/large", fixture->folder);
    support_write_file(fixture->folder, "large", "");
    assert_int_equal(truncate(path, HONE_PACKAGE_FILE_BYTES_MAX), 0);
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_LIMIT);
    assert_non_null(strstr(err.message, "16777216 bytes together"));
    free(path);
}

static void refuses_folders_nested_too_deep(void **state)
{
    const struct fixture *fixture = *state;
    struct hone_error err = {0};
    write_package(fixture, HEAD, GOOD);
    char *path = hone_alloc_text(fixture->folder);
    for (int i = 0; i < 17; i++) {
        make_folder(path, "d");
        char *deeper = hone_alloc_format("%s/d", path);
        free(path);
        path = deeper;
    }
    assert_int_equal(try_load(fixture->folder, &err), HONE_E_LIMIT);
    free(path);
}

static void the_documented_schema_is_the_one_in_force(void **state)
{
    (void)state;
    struct hone_error err = {0};
    char *path = support_source_path("docs/skill.schema.json");
    char *text = NULL;
    support_ok(hone_file_read(&text, NULL, path, 1 << 20, &err), &err);
    char *schema = hone_manifest_schema_skill();
    assert_string_equal(text, schema);
    free(schema);
    free(text);
    free(path);
}

static void the_schema_lists_the_kinds_of_this_build(void **state)
{
    (void)state;
    char *text = hone_manifest_schema_skill();
    json_t *schema = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(schema);
    const json_t *kind = json_object_get(json_object_get(schema, "properties"), "kind");
    const json_t *names = json_object_get(kind, "enum");
    assert_int_equal(json_array_size(names), hone_kind_n());
    for (size_t i = 0; i < hone_kind_n(); i++) {
        assert_string_equal(json_string_value(json_array_get(names, i)),
                            hone_kind_at(i)->name);
    }
    json_decref(schema);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minimal_package_gets_the_defaults),
        cmocka_unit_test(reads_all_that_a_package_may_say),
        cmocka_unit_test(a_folder_without_manifest_is_a_guide),
        cmocka_unit_test(an_open_set_may_begin_empty),
        WITH_FOLDER(refuses_what_is_wrong_and_says_where),
        WITH_FOLDER(accepts_what_is_unusual_but_right),
        WITH_FOLDER(hints_at_the_kind_that_was_meant),
        WITH_FOLDER(an_icon_is_a_small_picture_whatever_its_name),
        WITH_FOLDER(hints_at_the_icon_that_was_meant),
        WITH_FOLDER(labels_are_kept_in_normal_form),
        WITH_FOLDER(the_name_is_found_behind_dots_and_slashes),
        WITH_FOLDER(refuses_a_folder_that_is_not_there),
        WITH_FOLDER(the_digest_covers_path_and_content_of_each_file),
        WITH_FOLDER(the_digest_is_what_the_header_says),
        WITH_FOLDER(the_digest_leaves_out_hidden_files_and_data),
        WITH_FOLDER(refuses_symbolic_links),
        WITH_FOLDER(refuses_special_files),
        WITH_FOLDER(refuses_more_files_than_allowed),
        WITH_FOLDER(refuses_more_bytes_than_allowed),
        WITH_FOLDER(refuses_folders_nested_too_deep),
        cmocka_unit_test(the_documented_schema_is_the_one_in_force),
        cmocka_unit_test(the_schema_lists_the_kinds_of_this_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
