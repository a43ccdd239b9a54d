#include "self.h"

bool fw_is_forked_child FW_CHILD_PAGE;

__thread struct fw_self fw_self __attribute__((tls_model("initial-exec")));
