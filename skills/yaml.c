#include "skills/yaml.h"

#include "base/alloc.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define NODES_MAX 65536 /* values of one document */

/* Where a value stands; the tree of nodes has the shape of the JSON value. */
struct node {
    int line;
    char *key; /* of a mapping's member; NULL otherwise */
    struct node *children;
    size_t n_children;
    size_t capacity;
};

struct hone_yaml_lines {
    struct node root;
};

struct reader {
    yaml_parser_t parser;
    struct hone_span text;
    const char *file;
    int first_line;
    size_t n_nodes;
    struct hone_error *err;
};

static void node_finish(struct node *node)
{
    for (size_t i = 0; i < node->n_children; i++) {
        node_finish(&node->children[i]);
    }
    free(node->children);
    free(node->key);
}

/* The address holds until the next child is added. */
static struct node *node_add(struct node *parent, int line)
{
    if (parent->n_children == parent->capacity) {
        parent->capacity = parent->capacity == 0 ? 4 : parent->capacity * 2;
        parent->children =
            hone_alloc_resize(parent->children, parent->capacity, sizeof(struct node));
    }
    struct node *child = &parent->children[parent->n_children++];
    *child = (struct node){.line = line};
    return child;
}

static const struct node *node_member(const struct node *parent, const char *key)
{
    for (size_t i = 0; i < parent->n_children; i++) {
        if (parent->children[i].key != NULL &&
            strcmp(parent->children[i].key, key) == 0) {
            return &parent->children[i];
        }
    }
    return NULL;
}

static int line_of_mark(const struct reader *reader, yaml_mark_t mark)
{
    return reader->first_line + (int)mark.line;
}

static int line_of_offset(const struct reader *reader, size_t offset)
{
    int line = reader->first_line;
    for (size_t i = 0; i < offset && i < reader->text.len; i++) {
        line += reader->text.data[i] == '\n';
    }
    return line;
}

static int refuse(const struct reader *reader, int line, const char *what)
{
    return hone_error_set(reader->err, HONE_E_INVALID, "%s:%d: %s", reader->file, line,
                          what);
}

static int refuse_limit(const struct reader *reader, int line, const char *what,
                        int limit)
{
    return hone_error_set(reader->err, HONE_E_LIMIT, "%s:%d: %s %d", reader->file, line,
                          what, limit);
}

/* libyaml's own complaint in our form. */
static int refuse_parse(const struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not readable";
    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        return hone_error_set(reader->err, HONE_E_NOMEM, "%s: no memory", reader->file);
    case YAML_READER_ERROR:
        return refuse(reader, line_of_offset(reader, parser->problem_offset), problem);
    case YAML_NO_ERROR:
    case YAML_SCANNER_ERROR:
    case YAML_PARSER_ERROR:
    case YAML_COMPOSER_ERROR:
    case YAML_WRITER_ERROR:
    case YAML_EMITTER_ERROR:
    default:
        break;
    }
    int line = line_of_mark(reader, parser->problem_mark);
    if (parser->context == NULL) {
        return refuse(reader, line, problem);
    }
    return hone_error_set(reader->err, HONE_E_INVALID, "%s:%d: %s, %s (begun on line %d)",
                          reader->file, line, problem, parser->context,
                          line_of_mark(reader, parser->context_mark));
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) != 0 ? 0 : refuse_parse(reader);
}

/* Scalars. */

static bool is_one_of(const char *text, const char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static size_t n_of(const char *text, const char *set)
{
    return strspn(text, set);
}

#define DIGITS "0123456789"

/* Integer of the core schema: its base, or 0 for anything else. */
static int integer_base(const char *text)
{
    if (text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
        const char *set = text[1] == 'o' ? "01234567" : DIGITS "abcdefABCDEF";
        size_t n = n_of(text + 2, set);
        return n > 0 && text[2 + n] == '\0' ? (text[1] == 'o' ? 8 : 16) : 0;
    }
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    size_t n = n_of(digits, DIGITS);
    return n > 0 && digits[n] == '\0' ? 10 : 0;
}

static bool is_real(const char *text)
{
    const char *at = text + (text[0] == '-' || text[0] == '+');
    size_t before = n_of(at, DIGITS), after = 0;
    at += before;
    if (*at == '.') {
        after = n_of(++at, DIGITS);
        at += after;
    }
    if (before + after == 0) {
        return false;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        size_t n = n_of(at, DIGITS);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return *at == '\0';
}

static bool is_infinite_or_nan(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"};
    return is_one_of(text + (text[0] == '-' || text[0] == '+'), words,
                     sizeof(words) / sizeof(words[0]));
}

static int read_number(const struct reader *reader, const char *text, int line,
                       json_t **out)
{
    int base = integer_base(text);
    errno = 0;
    if (base != 0) {
        long long value = strtoll(base == 10 ? text : text + 2, NULL, base);
        if (errno == ERANGE) {
            return refuse(reader, line, "a number beyond 64 bits");
        }
        *out = json_integer(value);
        return 0;
    }
    double value = strtod(text, NULL);
    json_t *real = json_real(value); /* NULL for a value that overflowed */
    if (real == NULL) {
        return refuse(reader, line, "a number that is too large");
    }
    *out = real;
    return 0;
}

/* A plain scalar by the core schema of YAML 1.2. */
static int read_plain(const struct reader *reader, const char *text, size_t len, int line,
                      json_t **out)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};
    if (is_one_of(text, nulls, sizeof(nulls) / sizeof(nulls[0]))) {
        *out = json_null();
    } else if (is_one_of(text, trues, sizeof(trues) / sizeof(trues[0]))) {
        *out = json_true();
    } else if (is_one_of(text, falses, sizeof(falses) / sizeof(falses[0]))) {
        *out = json_false();
    } else if (integer_base(text) != 0 || is_real(text)) {
        return read_number(reader, text, line, out);
    } else if (is_infinite_or_nan(text)) {
        return refuse(reader, line, "infinity and NaN are not offered as numbers");
    } else {
        *out = json_stringn(text, len);
    }
    return 0;
}

static int read_scalar(const struct reader *reader, const yaml_event_t *event,
                       json_t **out)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    int line = line_of_mark(reader, event->start_mark);
    if (memchr(text, '\0', len) != NULL) {
        return refuse(reader, line, "a NUL character inside of a text");
    }
    json_t *value = NULL;
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        int code = read_plain(reader, text, len, line, &value);
        if (code != 0) {
            return code;
        }
    } else {
        value = json_stringn(text, len);
    }
    if (value == NULL) {
        return hone_error_set(reader->err, HONE_E_NOMEM, "%s:%d: no memory", reader->file,
                              line);
    }
    *out = value;
    return 0;
}

/* Collections. */

static int read_node(struct reader *reader, const yaml_event_t *event, struct node *node,
                     int depth, json_t **out);

/* What the subset leaves out, for any event that begins a value. */
static int check_event(struct reader *reader, const yaml_event_t *event, int depth)
{
    const unsigned char *anchor = NULL, *tag = NULL;
    int line = line_of_mark(reader, event->start_mark);
    if (event->type == YAML_ALIAS_EVENT) {
        return refuse(reader, line,
                      "aliases (*name) are not offered: write the value again");
    }
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL) {
        return refuse(reader, line, "anchors (&name) are not offered");
    }
    if (tag != NULL) {
        return refuse(reader, line, "tags (!name) are not offered");
    }
    if (depth > HONE_YAML_DEPTH_MAX) {
        return refuse_limit(reader, line, "nested deeper than", HONE_YAML_DEPTH_MAX);
    }
    if (++reader->n_nodes > NODES_MAX) {
        return refuse_limit(reader, line, "more values than", NODES_MAX);
    }
    return 0;
}

/* Checks an event that stands where a key must be. */
static int check_key(struct reader *reader, const yaml_event_t *event,
                     const json_t *object, const struct node *node)
{
    int line = line_of_mark(reader, event->start_mark);
    if (event->type != YAML_SCALAR_EVENT) {
        return refuse(reader, line, "a key must be a text");
    }
    int code = check_event(reader, event, 0);
    if (code != 0) {
        return code;
    }
    const char *key = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && strcmp(key, "<<") == 0) {
        return refuse(reader, line, "merge keys (<<) are not offered");
    }
    json_t *value = NULL;
    code = read_scalar(reader, event, &value);
    if (code != 0) {
        return code;
    }
    bool is_text = json_is_string(value);
    json_decref(value);
    if (!is_text) {
        (void)hone_error_set(reader->err, HONE_E_INVALID, "%s:%d: a key must be a text",
                             reader->file, line);
        return hone_error_hint(reader->err, "put quotes around it: \"%s\"", key);
    }
    if (json_object_get(object, key) != NULL) {
        const struct node *first = node_member(node, key);
        return hone_error_set(
            reader->err, HONE_E_INVALID, "%s:%d: the key '%s' is there already (line %d)",
            reader->file, line, key, first != NULL ? first->line : line);
    }
    return 0;
}

/* The value of the next event, below node. */
static int read_child(struct reader *reader, const yaml_event_t *event, struct node *node,
                      int depth, json_t **out)
{
    int code = check_event(reader, event, depth);
    return code != 0 ? code : read_node(reader, event, node, depth, out);
}

static int read_member(struct reader *reader, const yaml_event_t *key_event,
                       struct node *node, int depth, json_t *object)
{
    int code = check_key(reader, key_event, object, node);
    if (code != 0) {
        return code;
    }
    const char *key = (const char *)key_event->data.scalar.value;
    struct node *child = node_add(node, line_of_mark(reader, key_event->start_mark));
    child->key = hone_alloc_text(key);
    yaml_event_t event;
    code = next_event(reader, &event);
    if (code != 0) {
        return code;
    }
    json_t *value = NULL;
    code = read_child(reader, &event, child, depth + 1, &value);
    yaml_event_delete(&event);
    if (code == 0 && json_object_set_new(object, key, value) != 0) {
        code = hone_error_set(reader->err, HONE_E_NOMEM, "%s: no memory", reader->file);
    }
    return code;
}

static int read_item(struct reader *reader, const yaml_event_t *event, struct node *node,
                     int depth, json_t *array)
{
    struct node *child = node_add(node, line_of_mark(reader, event->start_mark));
    json_t *value = NULL;
    int code = read_child(reader, event, child, depth + 1, &value);
    if (code == 0 && json_array_append_new(array, value) != 0) {
        code = hone_error_set(reader->err, HONE_E_NOMEM, "%s: no memory", reader->file);
    }
    return code;
}

/* Members or items up to the event that ends the collection. */
static int read_collection(struct reader *reader, struct node *node, int depth,
                           bool is_mapping, json_t *collection)
{
    yaml_event_type_t end = is_mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    int code = 0;
    bool done = false;
    while (code == 0 && !done) {
        yaml_event_t event;
        code = next_event(reader, &event);
        if (code != 0) {
            break;
        }
        done = event.type == end;
        if (!done) {
            code = is_mapping ? read_member(reader, &event, node, depth, collection)
                              : read_item(reader, &event, node, depth, collection);
        }
        yaml_event_delete(&event);
    }
    return code;
}

static int read_node(struct reader *reader, const yaml_event_t *event, struct node *node,
                     int depth, json_t **out)
{
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(reader, event, out);
    }
    bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
    json_t *collection = is_mapping ? json_object() : json_array();
    if (collection == NULL) {
        return hone_error_set(reader->err, HONE_E_NOMEM, "%s: no memory", reader->file);
    }
    int code = read_collection(reader, node, depth, is_mapping, collection);
    if (code != 0) {
        json_decref(collection);
        return code;
    }
    *out = collection;
    return 0;
}

/* The document. */

static int check_document_start(const struct reader *reader, const yaml_event_t *event)
{
    if (event->type == YAML_STREAM_END_EVENT) {
        return refuse(reader, line_of_mark(reader, event->start_mark), "nothing is here");
    }
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end) {
        return refuse(reader, line_of_mark(reader, event->start_mark),
                      "directives (%NAME) are not offered");
    }
    return 0;
}

/* Nothing but the end may follow the one document. */
static int expect_end(struct reader *reader)
{
    yaml_event_t event;
    int code = next_event(reader, &event); /* end of the document */
    if (code != 0) {
        return code;
    }
    yaml_event_delete(&event);
    code = next_event(reader, &event);
    if (code != 0) {
        return code;
    }
    if (event.type != YAML_STREAM_END_EVENT) {
        code = refuse(reader, line_of_mark(reader, event.start_mark),
                      "a second document begins; one is expected");
    }
    yaml_event_delete(&event);
    return code;
}

static int read_root(struct reader *reader, struct node *root, json_t **out)
{
    yaml_event_t event;
    int code = next_event(reader, &event);
    if (code != 0) {
        return code;
    }
    root->line = line_of_mark(reader, event.start_mark);
    json_t *value = NULL;
    code = read_child(reader, &event, root, 1, &value);
    yaml_event_delete(&event);
    if (code == 0) {
        code = expect_end(reader);
    }
    if (code != 0) {
        json_decref(value);
        return code;
    }
    *out = value;
    return 0;
}

static int read_stream(struct reader *reader, struct node *root, json_t **out)
{
    yaml_event_t event;
    int code = next_event(reader, &event); /* start of the stream */
    if (code != 0) {
        return code;
    }
    yaml_event_delete(&event);
    code = next_event(reader, &event);
    if (code != 0) {
        return code;
    }
    code = check_document_start(reader, &event);
    yaml_event_delete(&event);
    return code != 0 ? code : read_root(reader, root, out);
}

/* Longest prefix that is valid UTF-8 ends on this line. */
static int line_of_bad_utf8(const struct reader *reader)
{
    size_t from = 0;
    int line = reader->first_line;
    while (from < reader->text.len) {
        const char *start = reader->text.data + from;
        const char *newline = memchr(start, '\n', reader->text.len - from);
        size_t len =
            newline != NULL ? (size_t)(newline - start) : reader->text.len - from;
        if (!hone_text_is_utf8(hone_span_of(start, len))) {
            break;
        }
        from += len + 1;
        line++;
    }
    return line;
}

static int check_text(const struct reader *reader)
{
    if (reader->text.len > HONE_YAML_BYTES_MAX) {
        return hone_error_set(reader->err, HONE_E_LIMIT, "%s: larger than %d bytes",
                              reader->file, HONE_YAML_BYTES_MAX);
    }
    if (!hone_text_is_utf8(reader->text)) {
        return refuse(reader, line_of_bad_utf8(reader), "not valid UTF-8");
    }
    return 0;
}

int hone_yaml_parse(json_t **out, struct hone_yaml_lines **lines, struct hone_span text,
                    const char *file, int first_line, struct hone_error *err)
{
    if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        text = hone_span_of(text.data + 3, text.len - 3);
    }
    struct reader reader = {
        .text = text, .file = file, .first_line = first_line, .err = err};
    int code = check_text(&reader);
    if (code != 0) {
        return code;
    }
    if (yaml_parser_initialize(&reader.parser) == 0) {
        return hone_error_set(err, HONE_E_NOMEM, "%s: no memory", file);
    }
    const char *data = text.len > 0 ? text.data : "";
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)data, text.len);
    struct hone_yaml_lines *read = hone_alloc_zeroed(1, sizeof(*read));
    code = read_stream(&reader, &read->root, out);
    yaml_parser_delete(&reader.parser);
    if (code != 0 || lines == NULL) {
        hone_yaml_lines_destroy(read);
    } else {
        *lines = read;
    }
    return code;
}

/* Does a pointer's token of len bytes, with ~0 and ~1 for '~' and '/', say this key? */
static bool token_is(const char *token, size_t len, const char *key)
{
    size_t i = 0;
    for (; i < len && *key != '\0'; i++, key++) {
        char c = token[i];
        if (c == '~' && i + 1 < len) {
            c = token[++i] == '1' ? '/' : '~';
        }
        if (c != *key) {
            return false;
        }
    }
    return i == len && *key == '\0';
}

static const struct node *child_of(const struct node *node, const char *token, size_t len)
{
    for (size_t i = 0; i < node->n_children; i++) {
        if (node->children[i].key == NULL) {
            size_t index = strtoul(token, NULL, 10);
            return len > 0 && index < node->n_children ? &node->children[index] : NULL;
        }
        if (token_is(token, len, node->children[i].key)) {
            return &node->children[i];
        }
    }
    return NULL;
}

int hone_yaml_line(const struct hone_yaml_lines *lines, const char *pointer)
{
    const struct node *node = &lines->root;
    while (*pointer == '/') {
        const char *token = pointer + 1;
        size_t len = strcspn(token, "/");
        const struct node *child = child_of(node, token, len);
        if (child == NULL) {
            break;
        }
        node = child;
        pointer = token + len;
    }
    return node->line;
}

void hone_yaml_lines_destroy(struct hone_yaml_lines *lines)
{
    if (lines == NULL) {
        return;
    }
    node_finish(&lines->root);
    free(lines);
}
