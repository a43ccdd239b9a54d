package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/**
 * What a fork's child was found to do, worst first: the order of the constants is the order of severity.
 *
 * <p>{@link #UNKNOWN} stands before {@link #LATENT} because an unobserved child may be as bad as any; but it is no
 * finding, and {@link VerdictCheck} never fails on it.
 */
public enum Verdict {
    /** The child blocks, or is about to, on a lock without a holder in it, or waits for a lost thread; proved. */
    DEADLOCKED("deadlocked"),
    /** The child used a resource that another thread held at the fork and that nothing makes whole again. */
    UNSAFE("unsafe"),
    /** Not seen well enough to say; a reason says why. */
    UNKNOWN("unknown"),
    /** The child called functions that are not async-signal-safe, but this time nothing was held. */
    LATENT("latent"),
    /** Exec or _exit was reached with async-signal-safe calls alone, or a call of the spawn family made the child. */
    SAFE("safe");

    private final String text;

    Verdict(String text) {
        this.text = text;
    }

    /** The spelling in reports and on the command line. */
    @JsonValue
    public String text() {
        return text;
    }

    /** True where this verdict is worse than the other one. */
    public boolean worseThan(Verdict other) {
        return compareTo(other) < 0;
    }

    /** The worst of some verdicts; empty for none. */
    public static Optional<Verdict> worst(Collection<Verdict> verdicts) {
        return verdicts.stream().min(Verdict::compareTo);
    }

    /** The verdict with this spelling. */
    public static Optional<Verdict> of(String text) {
        return Arrays.stream(values()).filter(v -> v.text.equals(text)).findFirst();
    }
}
