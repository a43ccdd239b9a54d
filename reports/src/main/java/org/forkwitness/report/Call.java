package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;

/** How a process was made. */
public enum Call {
    /** fork(2), also when its address came from dlsym. */
    FORK("fork"),
    /** _Fork(3): no fork handler runs. */
    UNDERSCORE_FORK("_Fork"),
    /** vfork(2): the child runs in its parent's memory. */
    VFORK("vfork"),
    /** forkpty(3). */
    FORKPTY("forkpty"),
    /** daemon(3). */
    DAEMON("daemon"),
    /** clone(2) without CLONE_VM, through the C library's wrapper. */
    CLONE("clone"),
    /** syscall(2) with one of the numbers of fork, vfork, clone and clone3. */
    SYSCALL("syscall"),
    /** posix_spawn(3) and posix_spawnp(3). */
    POSIX_SPAWN("posix_spawn"),
    /** system(3). */
    SYSTEM("system"),
    /** popen(3). */
    POPEN("popen"),
    /** A child whose making was not seen: its pid had changed. */
    UNOBSERVED("unobserved");

    private final String text;

    Call(String text) {
        this.text = text;
    }

    /** The spelling in reports. */
    @JsonValue
    public String text() {
        return text;
    }

    /** True for the calls that are safe by construction: the child runs nothing of the program before exec. */
    public boolean spawns() {
        return this == POSIX_SPAWN || this == SYSTEM || this == POPEN;
    }

    /** The call with this spelling; posix_spawnp, which differs only in how it finds the file, is posix_spawn. */
    public static Optional<Call> of(String text) {
        if (text.equals("posix_spawnp")) {
            return Optional.of(POSIX_SPAWN);
        }
        return Arrays.stream(values()).filter(c -> c.text.equals(text)).findFirst();
    }
}
