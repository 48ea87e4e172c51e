#include "protocol/mcp_skills.h"

#include "protocol/mcp_result.h"

#include <string.h>

/* A package is read once, at the start. */
#define ENTRY_TTL_MS 300000

#define DIGEST_PREFIX "sha256:"

static json_t *describe_file(const struct hone_mcp_skills_file *file)
{
    char digest[sizeof(DIGEST_PREFIX) + HONE_DIGEST_TEXT_LEN] = DIGEST_PREFIX;
    json_t *object = json_object();
    hone_digest_format(file->digest, digest + strlen(DIGEST_PREFIX));
    hone_mcp_result_set_text(object, "uri", file->uri);
    hone_mcp_result_set_text(object, "digest", digest);
    hone_mcp_result_set_take(object, "size", json_integer((json_int_t)file->size_bytes));
    return object;
}

json_t *hone_mcp_skills_entry(const char *uri, const json_t *front_matter,
                              const struct hone_mcp_skills_file *files, size_t n_files)
{
    json_t *entry = json_object();
    json_t *resources = json_array();
    for (size_t i = 0; i < n_files; i++) {
        (void)json_array_append_new(resources, describe_file(&files[i]));
    }
    hone_mcp_result_set_text(entry, "uri", uri);
    hone_mcp_result_set_take(entry, "frontmatter", hone_mcp_result_share(front_matter));
    hone_mcp_result_set_take(entry, "resources", resources);
    return entry;
}

json_t *hone_mcp_skills_get_result_take(enum hone_mcp_era era, json_t *entry,
                                        const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    hone_mcp_result_set_take(result, "skill", entry);
    hone_mcp_result_set_cache(result, era, ENTRY_TTL_MS, "private");
    return hone_mcp_result_end_take(result, era, NULL, server);
}

json_t *hone_mcp_skills_directory_result_take(enum hone_mcp_era era, json_t *resources,
                                              const struct hone_mcp_server *server)
{
    json_t *result = hone_mcp_result_begin(era);
    hone_mcp_result_set_take(result, "resources", resources);
    return hone_mcp_result_end_take(result, era, NULL, server);
}
