// A disk that can be made to take forever: while the file that HCEPAY_SLOW_DISK names is there, every sync waits until it is gone.
// It says that it waits by making another beside it. For a process of its own, by LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
    const char *slow = getenv("HCEPAY_SLOW_DISK");
    char waits[4096];
    if (slow == NULL || access(slow, F_OK) != 0) return;
    snprintf(waits, sizeof waits, "%s.waits", slow);
    close(open(waits, O_CREAT | O_WRONLY, 0600));
    while (access(slow, F_OK) == 0) usleep(1000);
}

int fdatasync(int file) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}

int fsync(int file) {
    wait_for_the_disk();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}
