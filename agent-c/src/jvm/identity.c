#include "identity.h"

#include <string.h>

#include "jvm.h"
#include "stream/stream.h"

static char version[128];
static char vendor[128];
static char home[1024];

static void read_property(jvmtiEnv *jvmti, const char *name, char *value, size_t size)
{
    char *text = NULL;
    if ((*jvmti)->GetSystemProperty(jvmti, name, &text) == JVMTI_ERROR_NONE && text) {
        strncpy(value, text, size - 1);
    }
    (*jvmti)->Deallocate(jvmti, (unsigned char *)text);
}

void fw_identity_read(jvmtiEnv *jvmti)
{
    read_property(jvmti, "java.vm.version", version, sizeof version);
    read_property(jvmti, "java.vm.vendor", vendor, sizeof vendor);
    read_property(jvmti, "java.home", home, sizeof home);
    /* "17.0.15+6-Debian-1": the version that people know ends at the build number. */
    version[strcspn(version, "+")] = '\0';
}

const char *fw_jvm_home(void)
{
    return home;
}

void fw_jvm_send(void)
{
    uint8_t buffer[2048];
    struct fw_frame frame;
    fw_frame_begin(&frame, buffer, sizeof buffer, FW_RECORD_JVM);
    fw_frame_text(&frame, FW_KEY_VERSION_TEXT, version, sizeof version);
    fw_frame_text(&frame, FW_KEY_VENDOR, vendor, sizeof vendor);
    fw_frame_text(&frame, FW_KEY_HOME, home, sizeof home);
    fw_frame_send(&frame);
}
