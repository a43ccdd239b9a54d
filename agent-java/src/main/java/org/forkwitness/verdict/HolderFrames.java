package org.forkwitness.verdict;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.HolderStacks;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.StackSlice;
import org.forkwitness.report.Frame;
import org.forkwitness.symbols.StackResolver;
import org.forkwitness.symbols.UnwoundStack;

/**
 * The stacks of the threads that held something at a fork: unwound when they are first asked for, after which the child's
 * copy of them is needed no more. For one thread.
 */
final class HolderFrames {
    /** Threads that stand still look the same at one fork after the other. */
    private static final int MAX_KNOWN = 256;

    /** What is done in between takes no more than this part of the time. */
    private static final int SHARE = 8;

    private static final long MAX_SAVED_NS = 20_000_000;

    private record Content(long thread, long site, long stackPointer, long epoch, int hash) {
        static Content of(HolderStack stack) {
            int hash = Arrays.hashCode(stack.javaFrames());
            for (StackSlice slice : stack.slices()) {
                hash = 31 * hash + Arrays.hashCode(slice.bytes());
            }
            return new Content(stack.thread(), stack.site(), stack.stackPointer(), stack.epoch(), hash);
        }
    }

    /** What came of a fork's stacks, of so many records of its child. */
    private record Unwound(long lastSeq, Map<Long, UnwoundStack> byThread) {}

    private final StackResolver resolver;
    private final Map<Content, UnwoundStack> known = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<Long, Unwound> byFork = new HashMap<>();
    private long savedNs = MAX_SAVED_NS;
    private long lookedAt = System.nanoTime();

    HolderFrames(StackResolver resolver) {
        this.resolver = resolver;
    }

    /** Unwinds a fork's stacks, as long as forks come no faster than that can be done beside all else. */
    void unwindInBetween(ProcessFork fork) {
        long begun = System.nanoTime();
        savedNs = Math.min(MAX_SAVED_NS, savedNs + (begun - lookedAt) / SHARE);
        if (savedNs > 0) {
            unwind(fork);
        }
        lookedAt = System.nanoTime();
        savedNs -= lookedAt - begun;
    }

    /** Unwinds a fork's stacks, where that has not been done. */
    void unwind(ProcessFork fork) {
        HolderStacks stacks = fork.child().holders();
        Unwound before = byFork.get(fork.id());
        if (stacks == null || before != null && before.lastSeq >= stacks.lastSeq()) {
            return;
        }
        Map<Long, UnwoundStack> byThread = before == null ? new HashMap<>() : new HashMap<>(before.byThread);
        stacks.all().forEach(stack -> byThread.put(stack.thread(), unwound(stack)));
        byFork.put(fork.id(), new Unwound(stacks.lastSeq(), byThread));
        if (fork.childDone()) {
            stacks.drop();
        }
    }

    private UnwoundStack unwound(HolderStack stack) {
        Content content = Content.of(stack);
        UnwoundStack unwound = known.get(content);
        if (unwound == null) {
            unwound = resolver.unwind(stack);
            known.put(content, unwound);
            if (known.size() > MAX_KNOWN) {
                known.remove(known.keySet().iterator().next());
            }
        }
        return unwound;
    }

    /** The stack of a thread, innermost frame first; null where it has not been unwound, or there is none. */
    List<Frame> of(ProcessFork fork, long thread) {
        Unwound unwound = byFork.get(fork.id());
        UnwoundStack stack = unwound == null ? null : unwound.byThread.get(thread);
        List<Frame> frames = stack == null ? List.of() : resolver.resolve(stack).frames();
        return frames.isEmpty() ? null : frames;
    }

    /** True where the symbols of a fork's stacks are known; the others are looked up by and by. */
    boolean prepared(ProcessFork fork) {
        unwind(fork);
        Unwound unwound = byFork.get(fork.id());
        boolean prepared = true;
        if (unwound != null) {
            for (UnwoundStack stack : unwound.byThread.values()) {
                prepared &= resolver.prepared(stack);
            }
        }
        return prepared;
    }

    /** Forgets a fork. */
    void forget(ProcessFork fork) {
        byFork.remove(fork.id());
    }
}
