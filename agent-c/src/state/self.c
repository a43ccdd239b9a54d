#include "self.h"

__thread struct fw_self fw_self __attribute__((tls_model("initial-exec")));
