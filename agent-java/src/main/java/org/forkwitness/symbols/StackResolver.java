package org.forkwitness.symbols;

import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.forkwitness.model.HolderStack;
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

    /** What the functions in which CPython carries out Python code are called (Python/ceval.c). */
    private static final String PYTHON_LOOP = "_PyEval_";

    /** HotSpot's own locks lie in storage that is named after them (src/hotspot/share/runtime/mutexLocker.cpp in JDK 25). */
    private static final Pattern JVM_LOCK = Pattern.compile("mutex_init\\(\\)::(\\w+)_storage(?:\\+0x[0-9a-f]+)?");

    private static final int MAX_KNOWN = 1000;

    /** What makes two stacks the same one. A Python frame that has not arrived is null. */
    private record Content(long epoch, LongBuffer pcs, LongBuffer javaFrames, List<Frame> python) {}

    private final LiveModel model;
    private final Symbolizer symbolizer;
    private final Map<Content, ResolvedStack> known = new LinkedHashMap<>(64, 0.75f, true);
    private long knownModules;

    /** A resolver over this model. */
    public StackResolver(LiveModel model, Symbolizer symbolizer) {
        this.model = model;
        this.symbolizer = symbolizer;
    }

    /** The stack with this id; {@link ResolvedStack#NONE} for null. */
    public ResolvedStack resolve(Long id) {
        if (id == null) {
            return ResolvedStack.NONE;
        }
        StackTrace stack = model.stacks().find(id);
        return stack == null ? new ResolvedStack(List.of(), List.of(), false) : known(content(stack), stack.complete());
    }

    /** The stack of a thread that a child has lost, as far as it can be proved. Not cached: its bytes are many. */
    public UnwoundStack unwind(HolderStack holder) {
        return new UnwoundStack(
                holder.thread(),
                holder.epoch(),
                symbolizer.unwind(holder, model.modules()),
                holder.javaFrames(),
                holder.python());
    }

    /** The frames of such a stack, which a child has sent. */
    public ResolvedStack resolve(UnwoundStack stack) {
        return known(content(stack), true);
    }

    /** As {@link #prepared(Long)}. */
    public boolean prepared(UnwoundStack stack) {
        return prepared(content(stack));
    }

    private Content content(StackTrace stack) {
        return new Content(
                stack.epoch(),
                LongBuffer.wrap(stack.pcs()),
                LongBuffer.wrap(stack.javaFrames()),
                python(stack.python()));
    }

    private Content content(UnwoundStack stack) {
        return new Content(
                stack.epoch(),
                LongBuffer.wrap(stack.pcs()),
                LongBuffer.wrap(stack.javaFrames()),
                python(stack.python()));
    }

    private List<Frame> python(long[] ids) {
        List<Frame> frames = new ArrayList<>(ids.length);
        for (long id : ids) {
            StreamRecord.PythonFrame frame = model.stacks().pythonFrame(id);
            Integer line = frame == null || frame.line() <= 0 ? null : (int) frame.line();
            frames.add(frame == null ? null : Frame.python(null, frame.name(), frame.file(), line));
        }
        return frames;
    }

    /** One stack may have been entered twice. */
    private ResolvedStack known(Content content, boolean arrived) {
        forgetOutdated();
        ResolvedStack resolved = known.get(content);
        if (resolved == null) {
            resolved = resolve(content, arrived);
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
    public boolean prepared(Long id) {
        StackTrace stack = id == null ? null : model.stacks().find(id);
        return stack == null || prepared(content(stack));
    }

    private boolean prepared(Content content) {
        forgetOutdated();
        boolean prepared = true;
        if (!known.containsKey(content)) {
            for (long pc : content.pcs.array()) {
                prepared &= preparedAt(pc - 1, content.epoch);
            }
        }
        return prepared;
    }

    /** The same for {@link #function}. */
    public boolean preparedAt(long address, long epoch) {
        LoadedModule module = model.modules().find(address, epoch).orElse(null);
        return module == null || module.fileName().equals(AGENT) || symbolizer.prepare(module, address - module.bias());
    }

    private ResolvedStack resolve(Content content, boolean arrived) {
        Builder builder = new Builder(arrived);
        for (long pc : content.pcs.array()) {
            // A return address may be the first of the next line, or even function: the call is before it.
            builder.addNative(pc - 1, content.epoch);
        }
        long[] java = content.javaFrames.array();
        if (java.length > 0) {
            builder.dropGeneratedTail();
        }
        int interpreter = builder.interpreter();
        if (interpreter >= 0) {
            builder.addPython(interpreter, content.python);
        }
        for (int i = 0; i + 1 < java.length; i += 2) {
            builder.addJava(java[i], java[i + 1]);
        }
        if (interpreter < 0) {
            // The native frames go as far as Java code: an interpreter that is not among them is outside of that.
            builder.addPython(builder.frames.size(), content.python);
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

    /** The frame of a Java method at a bytecode index. */
    public Frame javaFrame(long method, long bci) {
        Builder builder = new Builder(true);
        builder.addJava(method, bci);
        return builder.frames.get(0);
    }

    /** The variable at an address, {@code g_lock in libfoo.so} for example; null where there is no name for it. */
    public String variable(long address, long epoch) {
        return model.modules()
                .find(address, epoch)
                .flatMap(module -> symbolizer
                        .object(module, address - module.bias())
                        .map(object -> ofJvm(object.toString()) + " in " + module.fileName()))
                .orElse(null);
    }

    /** The name of a lock of the JVM's where the variable is the storage of one. */
    static String ofJvm(String variable) {
        Matcher lock = JVM_LOCK.matcher(variable);
        return lock.matches() ? lock.group(1) : variable;
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

        /** Where the innermost frame of the Python interpreter's loop stands; -1 where there is none. */
        int interpreter() {
            for (int i = 0; i < frames.size(); i++) {
                String function = frames.get(i).function();
                if (function != null && function.startsWith(PYTHON_LOOP)) {
                    return i;
                }
            }
            return -1;
        }

        /** All of them together: which call of the loop runs which of them is not known. */
        void addPython(int position, List<Frame> python) {
            for (int i = 0; i < python.size(); i++) {
                Frame frame = python.get(i);
                complete &= frame != null;
                frames.add(position + i, frame == null ? Frame.python(null, UNKNOWN, null, null) : frame);
                modulePaths.add(position + i, null);
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
