#include "self.h"

/* The first of the page (agent-c/CMakeLists.txt). */
bool fw_is_forked_child FW_CHILD_PAGE __attribute__((aligned(FW_PAGE)));

__thread struct fw_self fw_self __attribute__((tls_model("initial-exec")));
