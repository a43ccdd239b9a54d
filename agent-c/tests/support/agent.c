#include "agent.h"

#include "hooks/api.h"
#include "hooks/fork.h"
#include "hooks/hooks.h"
#include "hooks/threads.h"
#include "patch/objects.h"
#include "patch/patch.h"
#include "stack/capture.h"
#include "stack/native.h"
#include "state/calm.h"
#include "state/children.h"
#include "state/shared.h"
#include "state/threads.h"

bool agent_start(void)
{
    fw_native_stack_warm_up();
    if (!fw_shared_init() || !fw_children_init() || !fw_threads_init(1024) || !fw_capture_init() ||
        !fw_objects_init()) {
        return false;
    }
    fw_patch_init(fw_hooks, fw_hook_count);
    fw_functions_init();
    fw_patch_init(fw_function_hooks, fw_function_hook_count);
    fw_patch_offer(fw_api_hooks, fw_api_hook_count);
    fw_calm_init();
    fw_threads_hooks_init();
    return fw_fork_handlers_init();
}
