package org.forkwitness.symbols;

import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Frame;
import org.forkwitness.stream.StreamRecord;

/** Makes frames of stacks and addresses. Frames of the agent itself are left out. For one thread. */
public final class StackResolver {
    /** The file name of the agent. */
    public static final String AGENT = "libforkwitness.so";

    /** Class and method of a Java frame whose method has no name: only a child has met it. */
    public static final String UNKNOWN = "unknown";

    private static final int MAX_KNOWN = 1000;

    /** What makes two stacks of different processes the same one. */
    private record Content(long epoch, LongBuffer pcs, LongBuffer javaFrames) {
        static Content of(StackTrace stack) {
            return new Content(stack.epoch(), LongBuffer.wrap(stack.pcs()), LongBuffer.wrap(stack.javaFrames()));
        }
    }

    private final LiveModel model;
    private final Symbolizer symbolizer;
    private final Map<Content, ResolvedStack> known = new LinkedHashMap<>(64, 0.75f, true);
    private long knownModules;

    /** A resolver over this model. */
    public StackResolver(LiveModel model, Symbolizer symbolizer) {
        this.model = model;
        this.symbolizer = symbolizer;
    }

    /** The stack that a process calls by this id; {@link ResolvedStack#NONE} for null. */
    public ResolvedStack resolve(long proc, Long id) {
        if (id == null) {
            return ResolvedStack.NONE;
        }
        StackTrace stack = model.stacks().find(proc, id);
        return stack == null ? new ResolvedStack(List.of(), List.of(), false) : known(stack);
    }

    /** Many children have the same stacks, under ids of their own. */
    private ResolvedStack known(StackTrace stack) {
        forgetOutdated();
        Content content = Content.of(stack);
        ResolvedStack resolved = known.get(content);
        if (resolved == null) {
            resolved = resolve(stack);
            if (resolved.complete()) {
                known.put(content, resolved);
            }
            if (known.size() > MAX_KNOWN) {
                known.remove(known.keySet().iterator().next());
            }
        }
        return resolved;
    }

    private void forgetOutdated() {
        if (knownModules != model.modules().changes()) {
            knownModules = model.modules().changes();
            known.clear();
        }
    }

    /**
     * True where the symbols of a stack are known, so that {@link #resolve} takes no time to speak of. Those that are not
     * are looked up on the symbols' own thread.
     */
    public boolean prepared(long proc, Long id) {
        StackTrace stack = id == null ? null : model.stacks().find(proc, id);
        forgetOutdated();
        boolean prepared = true;
        if (stack != null && !known.containsKey(Content.of(stack))) {
            for (long pc : stack.pcs()) {
                prepared &= preparedAt(pc - 1, stack.epoch());
            }
        }
        return prepared;
    }

    /** The same for {@link #function}. */
    public boolean preparedAt(long address, long epoch) {
        LoadedModule module = model.modules().find(address, epoch).orElse(null);
        return module == null || module.fileName().equals(AGENT) || symbolizer.prepare(module, address - module.bias());
    }

    private ResolvedStack resolve(StackTrace stack) {
        Builder builder = new Builder(stack.complete());
        for (long pc : stack.pcs()) {
            // A return address may be the first of the next line, or even function: the call is before it.
            builder.addNative(pc - 1, stack.epoch());
        }
        long[] java = stack.javaFrames();
        if (java.length > 0) {
            builder.dropGeneratedTail();
        }
        for (int i = 0; i + 1 < java.length; i += 2) {
            builder.addJava(java[i], java[i + 1]);
        }
        return builder.build();
    }

    /** The function that begins at an address, innermost first where others are inlined at its first instruction. */
    public List<Frame> function(long address, long epoch) {
        Builder builder = new Builder(true);
        builder.addNative(address, epoch);
        return builder.frames;
    }

    /** Who called, by the return address; null for address 0. The innermost frame, as in a stack. */
    public Frame caller(long returnAddress, long epoch) {
        if (returnAddress == 0) {
            return null;
        }
        List<Frame> frames = function(returnAddress - 1, epoch);
        return frames.isEmpty() ? null : frames.get(0);
    }

    /** The variable at an address, {@code g_lock in libfoo.so} for example; null where there is no name for it. */
    public String variable(long address, long epoch) {
        return model.modules()
                .find(address, epoch)
                .flatMap(module -> symbolizer
                        .object(module, address - module.bias())
                        .map(object -> object + " in " + module.fileName()))
                .orElse(null);
    }

    private final class Builder {
        private final List<Frame> frames = new ArrayList<>();
        private final List<String> modulePaths = new ArrayList<>();
        private boolean complete;

        Builder(boolean complete) {
            this.complete = complete;
        }

        void addNative(long address, long epoch) {
            Optional<LoadedModule> found = model.modules().find(address, epoch);
            if (found.isEmpty()) {
                add(Frame.unresolved(null, hex(address), null), null);
                return;
            }
            LoadedModule module = found.get();
            if (module.fileName().equals(AGENT)) {
                return;
            }
            long offset = address - module.bias();
            String buildId = Symbolizer.buildId(module);
            List<SourceFrame> functions = symbolizer.lookup(module, offset);
            if (functions.isEmpty()) {
                add(Frame.unresolved(module.fileName(), hex(offset), buildId), module.path());
            }
            for (SourceFrame f : functions) {
                Frame frame = Frame.resolved(
                        module.fileName(), f.function(), f.file(), f.line(), hex(offset), buildId, f.inlined());
                add(frame, module.path());
            }
        }

        /** The native frames end in those of interpreted or compiled Java code, which the Java frames name. */
        void dropGeneratedTail() {
            int last = frames.size() - 1;
            while (last >= 0 && frames.get(last).module() == null) {
                frames.remove(last);
                modulePaths.remove(last--);
            }
        }

        void addJava(long id, long bci) {
            StreamRecord.Method method = model.methods().find(id);
            if (method == null) {
                complete = false;
                add(Frame.java(UNKNOWN, UNKNOWN, null, null), null);
                return;
            }
            Integer line = model.methods().line(id, bci);
            complete &= line != null || bci < 0 || method.file() == null;
            String className = JavaNames.className(method.descriptor());
            add(Frame.java(className, method.name(), method.file(), line), null);
        }

        private void add(Frame frame, String modulePath) {
            frames.add(frame);
            modulePaths.add(modulePath);
        }

        ResolvedStack build() {
            return new ResolvedStack(frames, modulePaths, complete);
        }
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
