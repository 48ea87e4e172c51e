/* A library that prints to stdout, by both ways there are, whenever the program locks a file or
 * brings one to the disk: preloaded to see that none of it reaches the client. */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static void print(void)
{
    static const char line[] = "a library prints this\n";
    (void)!write(STDOUT_FILENO, line, sizeof(line) - 1);
    (void)puts("and this");
    (void)fflush(stdout);
}

int flock(int fd, int operation)
{
    int (*next)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
    print();
    return next(fd, operation);
}

int fdatasync(int fd)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    print();
    return next(fd);
}

int fsync(int fd)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    print();
    return next(fd);
}
