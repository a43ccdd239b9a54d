#include "scan.h"

#include "state/functions.h"
#include "state/threads.h"
#include "stream/stream.h"

static const uint64_t LONG_NS = 10000000000;

bool fw_scan_may_wait(uint64_t now_ns)
{
    static uint64_t busy_since;
    static bool said;
    if (!fw_threads_inside(FW_FN_dl_iterate_phdr) && !fw_threads_inside(FW_FN_dlopen)) {
        busy_since = 0;
        return true;
    }
    busy_since = busy_since ? busy_since : now_ns;
    if (!said && now_ns - busy_since >= LONG_NS) {
        said = true;
        fw_stream_note(FW_LEVEL_WARN,
                       "for 10 s there was always a thread inside dlopen or dl_iterate_phdr: libraries "
                       "that come meanwhile may not be hooked");
    }
    return false;
}
