#include "calm.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

struct fw_calm_page fw_calm_page __attribute__((aligned(FW_PAGE))) = {.word = 0};
bool fw_calm_begun;
bool fw_calm_wipes;

void fw_calm_init(void)
{
    int saved = errno;
    fw_calm_begun = true;
    atomic_store(&fw_calm_page.word, FW_CALM);
    fw_calm_wipes =
        sysconf(_SC_PAGESIZE) == FW_PAGE && madvise(&fw_calm_page, sizeof fw_calm_page, MADV_WIPEONFORK) == 0;
    errno = saved;
}

void fw_calm_vfork_begin(void)
{
    atomic_fetch_add(&fw_calm_page.word, FW_CALM_VFORK);
}

void fw_calm_vfork_end(void)
{
    atomic_fetch_sub(&fw_calm_page.word, FW_CALM_VFORK);
}
