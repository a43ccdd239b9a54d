#include "functions.h"

#include "stream/stream.h"

void *fw_originals[FW_FN_END];

const char *const fw_function_names[FW_FN_END] = {
#define FW_FUNCTION(name, category, kind) [FW_FN_##name] = #name,
#include "functions.def"
#undef FW_FUNCTION
};

const uint8_t fw_function_categories[FW_FN_END] = {
#define FW_FUNCTION(name, category, kind) [FW_FN_##name] = FW_CATEGORY_##category,
#include "functions.def"
#undef FW_FUNCTION
};
