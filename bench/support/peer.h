/* An MCP client as the benchmarks need it: one request at a time over a Unix socket, each
 * answer checked.
 *
 * Blocks; gives up (bench/support/fail.h) on anything but the answer that is expected.
 * Thread: any, one at a time. */
#ifndef HONE_BENCH_SUPPORT_PEER_H
#define HONE_BENCH_SUPPORT_PEER_H

#include "base/attr.h"
#include "cli/client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define HONE_PEER_LABEL_MAX   256
#define HONE_PEER_CALL_ID_MAX 40

struct hone_peer_answer {
    char label[HONE_PEER_LABEL_MAX];
    char call_id[HONE_PEER_CALL_ID_MAX];
};

/* Waits until somebody listens at the path. The caller destroys the client. */
struct hone_client *hone_peer_connect(const char *path) HONE_MUST_USE;
/* The handshake of MCP. */
void hone_peer_initialize(struct hone_client *client);
/* A new reference to the result. params may be NULL. */
json_t *hone_peer_request(struct hone_client *client, const char *method,
                          const json_t *params) HONE_MUST_USE;
/* The structured result of a tool; a new reference. Takes the reference to arguments. */
json_t *hone_peer_tool_take(struct hone_client *client, const char *name,
                            json_t *arguments) HONE_MUST_USE;
/* The structured result of a classify skill for one text; a new reference. */
json_t *hone_peer_ask(struct hone_client *client, const char *skill,
                      const char *text) HONE_MUST_USE;
/* Label and call_id of such a result. */
void hone_peer_read(struct hone_peer_answer *out, const json_t *structured);
void hone_peer_classify(struct hone_peer_answer *out, struct hone_client *client,
                        const char *skill, const char *text);
/* Says the right label and returns when the next call sees it: the feedback's position in
 * the skill's log. */
uint64_t hone_peer_teach(struct hone_client *client, const char *call_id,
                         const char *label);
/* The same with any feedback, its members borrowed. */
uint64_t hone_peer_feed(struct hone_client *client, const char *call_id,
                        const json_t *feedback);
/* The skill's entry in hone/status; a new reference. Control socket only. */
json_t *hone_peer_skill_status(struct hone_client *control,
                               const char *skill) HONE_MUST_USE;

#endif
