/* libcurl, loaded when the first client is made. With all that it links itself it costs a
 * process some milliseconds and megabytes; most never talk to a remote server.
 *
 * Thread: any. */
#ifndef HONE_REMOTE_CURL_H
#define HONE_REMOTE_CURL_H

#include "base/attr.h"
#include "base/error.h"

#include <curl/curl.h>

/* The functions of that name behind "curl_". */
struct hone_curl {
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *easy);
    void (*easy_reset)(CURL *easy);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    CURLcode (*easy_perform)(CURL *easy);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
};

/* Loads the library unless it is, and fills the table; it stays until the process ends.
 * HONE_E_UNSUPPORTED when it cannot be loaded. */
int hone_curl_load(struct hone_curl *out, struct hone_error *err) HONE_MUST_USE;

#endif
