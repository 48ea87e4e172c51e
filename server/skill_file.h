/* A file of a package as a resource. Thread: loop. */
#ifndef HONE_SERVER_SKILL_FILE_H
#define HONE_SERVER_SKILL_FILE_H

#include "protocol/mcp.h"
#include "server/exchange.h"
#include "skills/package.h"

#include <jansson.h>
#include <stdbool.h>

struct hone_skill_file {
    const struct hone_package_file *file; /* borrowed from the package */
    char *uri;                            /* skill://NAME/PATH */
    const char *mime_type;                /* static, or NULL */
    bool is_text;
    const json_t *icons, *annotations; /* borrowed, or NULL */
};

void hone_skill_file_init(struct hone_skill_file *out, const struct hone_package *package,
                          const struct hone_package_file *file);
void hone_skill_file_finish(struct hone_skill_file *file);

/* Is it the package's SKILL.md? */
bool hone_skill_file_is_document(const struct hone_skill_file *file);
/* As lists show it; borrowed from the file and its package. */
struct hone_mcp_resource hone_skill_file_shown(const struct hone_skill_file *file,
                                               const struct hone_package *package);
/* Answers and ends the exchange; owner is the struct hone_skill_file. */
void hone_skill_file_read(struct hone_exchange *exchange, struct hone_span uri,
                          void *owner);

#endif
