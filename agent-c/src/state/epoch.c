#include "epoch.h"

_Atomic uint32_t fw_epoch_now = 1;
