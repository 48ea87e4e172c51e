/* The program's entry: everything else is in the library, so that tests can link it. */
#include "cli/command.h"

#include <signal.h>
#include <stdio.h>

int main(int n_args, char **args)
{
    /* A reader that went away is an error of the write, not the end of the program. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of the write */
    return hone_command_main(n_args, args, stdout, stderr);
}
