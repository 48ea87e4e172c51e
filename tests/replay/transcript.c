#include "tests/replay/transcript.h"

#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1024U * 1024)

struct reader {
    struct transcript *transcript;
    int line;
    bool transports_named;
    struct transcript_step next; /* what directives said of the next message */
};

_Noreturn static void refuse(const struct reader *reader, const char *why)
{
    (void)fprintf(stderr, "%s:%d: %s\n", reader->transcript->path, reader->line, why);
    exit(2);
}

static struct transcript_step *last_step(const struct reader *reader)
{
    if (reader->transcript->n_steps == 0) {
        refuse(reader, "there is no message before this line");
    }
    return &reader->transcript->steps[reader->transcript->n_steps - 1];
}

static void add_message(struct reader *reader, const char *text)
{
    struct transcript *transcript = reader->transcript;
    transcript->steps = realloc(transcript->steps,
                                (transcript->n_steps + 1) * sizeof(*transcript->steps));
    if (transcript->steps == NULL) {
        refuse(reader, "out of memory");
    }
    reader->next.line = reader->line;
    reader->next.message = hone_alloc_text(text);
    transcript->steps[transcript->n_steps++] = reader->next;
    reader->next = (struct transcript_step){0};
}

static void add_answer(struct reader *reader, const char *text)
{
    struct transcript_step *step = last_step(reader);
    if (step->answer != NULL) {
        refuse(reader, "a message has one answer");
    }
    step->answer = hone_alloc_text(text);
    step->answer_line = reader->line;
}

static void add_header(struct reader *reader, const char *text)
{
    struct transcript_step *next = &reader->next;
    const char *colon = strchr(text, ':');
    if (colon == NULL || next->n_headers == TRANSCRIPT_ITEMS_MAX) {
        refuse(reader, "@header wants NAME: VALUE");
    }
    struct transcript_header *header = &next->headers[next->n_headers++];
    header->name = hone_alloc_bytes(text, (size_t)(colon - text));
    header->value = hone_alloc_text(colon + 1 + strspn(colon + 1, " "));
}

static void add_option(struct reader *reader, const char *text)
{
    struct transcript *transcript = reader->transcript;
    const char *space = strchr(text, ' ');
    if (space == NULL || transcript->n_options == 2 * TRANSCRIPT_ITEMS_MAX) {
        refuse(reader, "@option wants NAME VALUE");
    }
    transcript->options[transcript->n_options++] =
        hone_alloc_bytes(text, (size_t)(space - text));
    transcript->options[transcript->n_options++] = hone_alloc_text(space + 1);
}

static void restrict_transports(struct reader *reader, const char *text)
{
    struct transcript *transcript = reader->transcript;
    transcript->loopback = strstr(text, "loopback") != NULL;
    transcript->stdio = strstr(text, "stdio") != NULL;
    transcript->http = strstr(text, "http") != NULL;
    if (!transcript->loopback && !transcript->stdio && !transcript->http) {
        refuse(reader, "@only names no transport");
    }
}

/* The rest of the line when it begins with the word and a space; else NULL. */
static const char *after(const char *line, const char *word)
{
    size_t len = strlen(word);
    return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void read_line(struct reader *reader, const char *line)
{
    const char *rest = NULL;
    if (line[0] == '\0' || line[0] == '#') {
        return;
    }
    if ((rest = after(line, ">")) != NULL) {
        add_message(reader, rest);
    } else if ((rest = after(line, "<")) != NULL) {
        add_answer(reader, rest);
    } else if ((rest = after(line, "@header")) != NULL) {
        add_header(reader, rest);
    } else if ((rest = after(line, "@http")) != NULL) {
        reader->next.http_status = (int)strtol(rest, NULL, 10);
    } else if ((rest = after(line, "@option")) != NULL) {
        add_option(reader, rest);
    } else if ((rest = after(line, "@only")) != NULL) {
        restrict_transports(reader, rest);
    } else if ((rest = after(line, "@keep")) != NULL) {
        last_step(reader)->keep = hone_alloc_text(rest);
    } else if ((rest = after(line, "@same")) != NULL) {
        last_step(reader)->same = hone_alloc_text(rest);
    } else {
        refuse(reader, "this line is not understood");
    }
}

void transcript_read(struct transcript *out, const char *path)
{
    struct hone_error err;
    char *text = NULL;
    struct reader reader = {.transcript = out};
    *out = (struct transcript){
        .path = hone_alloc_text(path), .loopback = true, .stdio = true, .http = true};
    if (hone_file_read(&text, NULL, path, FILE_BYTES_MAX, &err) != 0) {
        refuse(&reader, err.message);
    }
    char *line = text;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        reader.line += 1;
        read_line(&reader, line);
        line = end != NULL ? end + 1 : NULL;
    }
    if (out->n_steps == 0) {
        refuse(&reader, "there is no message in this file");
    }
    free(text);
}

void transcript_finish(struct transcript *transcript)
{
    for (size_t i = 0; i < transcript->n_steps; i++) {
        struct transcript_step *step = &transcript->steps[i];
        for (size_t j = 0; j < step->n_headers; j++) {
            free(step->headers[j].name);
            free(step->headers[j].value);
        }
        free(step->message);
        free(step->answer);
        free(step->keep);
        free(step->same);
    }
    for (size_t i = 0; i < transcript->n_options; i++) {
        free(transcript->options[i]);
    }
    free(transcript->steps);
    free(transcript->path);
}
