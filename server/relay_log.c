#include "server/relay_log.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A turn is not looked for at every line, so the file may have grown beyond its limit. */
#define READ_BYTES_MAX (64U * HONE_RELAY_LOG_BYTES_MAX)

static char *log_path(const char *data_folder)
{
    return hone_alloc_format("%s/hone.log", data_folder);
}

static void set_aside_if_full(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && st.st_size >= HONE_RELAY_LOG_BYTES_MAX) {
        char *aside = hone_alloc_format("%s.1", path);
        (void)rename(path, aside); /* if not, the log grows on */
        free(aside);
    }
}

int hone_relay_log_open(int *out, const char *data_folder, struct hone_error *err)
{
    char *path = log_path(data_folder);
    int code = 0;
    set_aside_if_full(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        code = hone_error_set_errno(err, errno, "cannot open %s", path);
    } else {
        *out = fd;
    }
    free(path);
    return code;
}

void hone_relay_log_turn(const char *data_folder)
{
    struct stat said, named;
    char *path = log_path(data_folder);
    bool is_log = fstat(STDERR_FILENO, &said) == 0 && stat(path, &named) == 0 &&
                  said.st_ino == named.st_ino && said.st_dev == named.st_dev;
    int fd = -1;
    if (is_log && said.st_size >= HONE_RELAY_LOG_BYTES_MAX &&
        hone_relay_log_open(&fd, data_folder, NULL) == 0) {
        (void)dup2(fd, STDERR_FILENO);
        close(fd);
    }
    free(path);
}

char *hone_relay_log_last_line(const char *data_folder, size_t begin_bytes)
{
    char *path = log_path(data_folder);
    char *text = NULL;
    char *line = NULL;
    size_t len = 0;
    if (hone_file_read(&text, &len, path, READ_BYTES_MAX, NULL) == 0) {
        while (len > 0 && text[len - 1] == '\n') {
            text[--len] = '\0';
        }
        if (len > begin_bytes) {
            const char *newline = memrchr(text + begin_bytes, '\n', len - begin_bytes);
            line = hone_alloc_text(newline != NULL ? newline + 1 : text + begin_bytes);
            hone_text_make_plain(line, strlen(line));
        }
    }
    free(text);
    free(path);
    return line;
}
