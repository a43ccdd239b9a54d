#include "self.h"

bool fw_is_forked_child;

__thread struct fw_self fw_self __attribute__((tls_model("initial-exec")));
