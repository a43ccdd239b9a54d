package org.forkwitness.verdict;

import java.util.List;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.InheritedRegion;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.Environment;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.LockKind;
import org.forkwitness.symbols.StackResolver;

/** The words for those who take part in a fork: threads, locks, whoever would have to protect them. For one thread. */
final class Parties {
    private final StackResolver resolver;
    private final Evidence evidence;

    Parties(StackResolver resolver, Evidence evidence) {
        this.resolver = resolver;
        this.evidence = evidence;
    }

    /** Threads of which only the number is known, and that they were. */
    static String inside(long threads) {
        return threads == 1 ? "1 other thread was" : threads + " other threads were";
    }

    /** {@code thread 'pool-1'}. */
    String thread(Long id) {
        String name = id == null ? null : threadName(evidence, id);
        return name == null ? "a thread that was not copied" : "thread '" + name + "'";
    }

    /** The name that a thread of the parent had at the fork; null where not known. */
    static String threadName(Evidence evidence, long id) {
        ProcessThread thread = evidence.model().thread(evidence.fork().proc(), id);
        return thread == null || !thread.known()
                ? null
                : thread.nameAt(evidence.fork().time(), "");
    }

    /** A function that a thread was inside of, with its caller. */
    String region(InheritedRegion region) {
        return called(evidence.function(region.function()).name(), region.site(), region.epoch());
    }

    /** A function with its caller, where the return address of the call tells. */
    String called(String function, long site, long epoch) {
        Frame at = resolver.caller(site, epoch);
        return at == null ? function : function + " (" + Places.caller(at) + ")";
    }

    /** Who would have to protect a state. */
    String protector(String state) {
        Environment environment = evidence.environments().now();
        if (state.equals(Protection.ALLOCATOR)) {
            String library = environment.allocator().library();
            return switch (environment.allocator().name()) {
                case GLIBC, MUSL -> libc(environment);
                case UNKNOWN -> library == null ? "the allocator" : "the allocator of " + library;
                default -> environment.allocator().name().text();
            };
        }
        return libc(environment);
    }

    private static String libc(Environment environment) {
        if (environment.libc().name().equals("unknown")) {
            return "the C library";
        }
        String version = environment.libc().version();
        return environment.libc().name() + (version == null ? "" : " " + version);
    }

    /** A lock by its name, or by its address and where it was initialised. */
    String lock(LockKind kind, long address, long epoch, InheritedLock record) {
        String what = kind == null ? "lock" : kind == LockKind.FILE ? "lock of the stream" : kind.text();
        String said =
                evidence.model().lockNames().nameAt(address, evidence.fork().time());
        String name = said != null ? said : resolver.variable(address, epoch);
        if (name != null) {
            return (kind == LockKind.FILE ? "the " : "") + what + " " + name;
        }
        return "the " + what + " at " + hex(address) + initialised(record);
    }

    private String initialised(InheritedLock record) {
        List<Frame> stack = record == null || record.origin() == 0
                ? List.of()
                : resolver.resolve(record.origin()).frames();
        return stack.stream()
                .filter(frame -> frame.kind() != FrameKind.NATIVE || !Environments.isLibc(frame.module()))
                .findFirst()
                .map(frame -> " (initialised by " + Places.of(Interpreters.speaker(frame, stack)) + ")")
                .orElse("");
    }

    /** {@code (held for 12.5 s)}; empty where that is not known. */
    String held(InheritedLock record) {
        Double ms = record == null
                ? null
                : Durations.sinceUs(record.takenUs(), evidence.fork().time());
        return ms == null ? "" : " (held for " + Durations.spoken(ms) + ")";
    }

    /** An address as reports have it. */
    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
