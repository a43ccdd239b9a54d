package org.forkwitness.verdict;

import java.util.List;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Frame;
import org.forkwitness.report.FrameKind;
import org.forkwitness.stream.ThreadKind;
import org.forkwitness.symbols.ResolvedStack;

/** Where threads come from. Stateless. */
public final class ThreadOrigins {
    /** Stands for an origin or a name that is not known. */
    public static final String UNKNOWN = "unknown";

    /** Classes of the JDK that carry out the start of a thread. */
    private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    private static final String THREAD_CLASS = "java.lang.Thread";

    private ThreadOrigins() {}

    /**
     * Where a thread comes from: for a Java thread the first class on the stack of its creation that is not the JDK's,
     * or else the first one that is not Thread itself; for all others the library of its start routine.
     */
    public static String createdFrom(LiveModel model, ProcessThread thread, ResolvedStack stack) {
        List<String> classes = stack.frames().stream()
                .filter(f -> f.kind() == FrameKind.JAVA)
                .map(Frame::className)
                .toList();
        if (thread.kind() == ThreadKind.JAVA && !classes.isEmpty()) {
            return classes.stream()
                    .filter(name -> JDK.stream().noneMatch(name::startsWith))
                    .findFirst()
                    .or(() -> classes.stream()
                            .filter(name -> !name.equals(THREAD_CLASS))
                            .findFirst())
                    .orElse(THREAD_CLASS);
        }
        return startRoutine(model, thread).map(LoadedModule::fileName).orElse(UNKNOWN);
    }

    private static Optional<LoadedModule> startRoutine(LiveModel model, ProcessThread thread) {
        if (thread.startRoutine() == null) {
            return Optional.empty();
        }
        StackTrace stack = thread.stack() == null ? null : model.stacks().find(thread.stack());
        return stack != null && stack.complete()
                ? model.modules().find(thread.startRoutine(), stack.epoch())
                : model.modules().findNow(thread.startRoutine());
    }
}
