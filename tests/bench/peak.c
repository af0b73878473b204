/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command to its end and writes what it took as the last line on standard error:
 * milliseconds on the clock, milliseconds of processor, KiB of memory at most. A large program
 * cannot measure that of its children: what it occupied itself counts as theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double ms_of(long seconds, long nanoseconds)
{
    return (double)seconds * 1e3 + (double)nanoseconds / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec from, to;
    struct rusage used;
    int status = 0;
    if (argc < 2)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &to);
    double wall = ms_of(to.tv_sec, to.tv_nsec) - ms_of(from.tv_sec, from.tv_nsec);
    double cpu = ms_of(used.ru_utime.tv_sec + used.ru_stime.tv_sec,
                       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000);
    fprintf(stderr, "\n%.2f %.2f %ld\n", wall, cpu, used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
