#include "shared.h"

struct fw_shared *fw_shared;

bool fw_shared_init(void)
{
    fw_shared = fw_map_shared(sizeof *fw_shared);
    return fw_shared != NULL;
}
