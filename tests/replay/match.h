/* Does an answer look as a transcript says?
 *
 * Values must be equal, with these exceptions: "*" stands for any value; "*TEXT*" for a
 * string that has TEXT in it; "$NAME" for any string or number, which is captured under
 * that name, or must be the one captured before; a member "..." of an object allows further
 * members. Arrays must have the same length. Thread: any. */
#ifndef HONE_TESTS_REPLAY_MATCH_H
#define HONE_TESTS_REPLAY_MATCH_H

#include <jansson.h>
#include <stdbool.h>

#define MATCH_PLACE_MAX 512

/* captured: a JSON object. On failure place says where (a JSON Pointer) and why. */
bool match(const json_t *wanted, const json_t *got, json_t *captured,
           char place[MATCH_PLACE_MAX]);
/* The text with each $NAME that was captured replaced; free() it. */
char *match_substitute(const char *text, const json_t *captured);

#endif
