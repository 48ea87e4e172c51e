/* What a person types or pastes so that an MCP client uses hone. Only text: nothing is
 * written to anybody's configuration.
 *
 * Thread: any, no shared state. */
#ifndef HONE_CLI_CONNECT_H
#define HONE_CLI_CONNECT_H

#include "base/attr.h"
#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* How a client would start hone, or reach it when url is set. */
struct hone_connect_target {
    const char *url; /* of the MCP endpoint */
    json_t *command; /* array: program and arguments */
};

struct hone_connect_client;

/* Clients in order of name; NULL behind the last. Static. */
const struct hone_connect_client *hone_connect_at(size_t index);
/* HONE_E_INVALID for an unknown name, with the nearest one as hint. */
int hone_connect_find(const struct hone_connect_client **out, const char *name,
                      struct hone_error *err) HONE_MUST_USE;
void hone_connect_print(FILE *file, const struct hone_connect_client *client,
                        const struct hone_connect_target *target);
/* {client, command?, file?, document?}; a new reference. */
json_t *hone_connect_describe(const struct hone_connect_client *client,
                              const struct hone_connect_target *target);

#endif
