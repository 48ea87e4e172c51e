/* The skills extension (skills/list, skills/get, resources/directory/read), for both
 * eras. Pure. Thread: any. */
#ifndef HONE_PROTOCOL_MCP_SKILLS_H
#define HONE_PROTOCOL_MCP_SKILLS_H

#include "base/digest.h"
#include "protocol/mcp.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A file of a skill, as it is served. Borrowed. */
struct hone_mcp_skills_file {
    const char *uri;
    struct hone_digest digest; /* of the bytes */
    size_t size_bytes;
};

/* The entry of a skill: uri is that of its SKILL.md, which is among files. Shares
 * front_matter. */
json_t *hone_mcp_skills_entry(const char *uri, const json_t *front_matter,
                              const struct hone_mcp_skills_file *files, size_t n_files);
/* skills/get. Takes entry. */
json_t *hone_mcp_skills_get_result_take(enum hone_mcp_era era, json_t *entry,
                                        const struct hone_mcp_server *server);
/* resources/directory/read. Takes resources, of hone_mcp_list_resource. */
json_t *hone_mcp_skills_directory_result_take(enum hone_mcp_era era, json_t *resources,
                                              const struct hone_mcp_server *server);

#endif
