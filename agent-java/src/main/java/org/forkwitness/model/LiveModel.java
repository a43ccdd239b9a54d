package org.forkwitness.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.forkwitness.stream.StreamRecord;

/**
 * Everything that the stream has said so far. Takes records in any order; a frame that comes twice is taken once. For
 * one thread.
 */
public final class LiveModel {
    /** What a process logs over and over is not worth more memory than this. */
    private static final int MAX_LOGS = 200;

    /** Identity of a registration: the same handlers from the same stack are one entry. */
    private record HandlerId(Long prepare, Long parent, Long child, Long stack, long epoch) {}

    private final Sequences sequences = new Sequences();
    private final Modules modules = new Modules();
    private final Stacks stacks = new Stacks();
    private final Methods methods = new Methods();
    private final Threads threads = new Threads();
    private final Functions functions = new Functions();
    private final Forks forks = new Forks();
    private final Map<Long, StringBuilder> arguments = new TreeMap<>();
    private final Map<HandlerId, StreamRecord.Atfork> handlers = new LinkedHashMap<>();
    private final Set<String> logs = new LinkedHashSet<>();
    private final LockNames lockNames = new LockNames();
    private final AllocatorHistory allocator = new AllocatorHistory();
    private final Snapshots snapshots = new Snapshots();
    private StreamRecord.Hello hello;
    private StreamRecord.Jvm jvm;
    private StreamRecord.Bye bye;
    private OptionalLong assumedPid = OptionalLong.empty();
    private long newestFork = Long.MIN_VALUE;
    private long changes;
    private long generalChanges;

    /** Takes one record. */
    public void accept(StreamRecord record) {
        StreamRecord.Header header = record.header();
        if (!sequences.received(header.proc(), header.seq())) {
            return;
        }
        changes++;
        if (isGeneral(record)) {
            generalChanges++;
        }
        if (!acceptProcess(record) && !acceptDictionary(record)) {
            if (!acceptThread(record) && !acceptOfAnyFork(record) && header.proc() != 0) {
                forks.update(header.proc(), record);
            } else if (header.proc() != 0) {
                forks.progress(header.proc(), header);
            }
        }
    }

    /** True where the record may change what is to be said of forks that it does not name. */
    private static boolean isGeneral(StreamRecord record) {
        boolean ofProcess = record instanceof StreamRecord.Hello
                || record instanceof StreamRecord.Jvm
                || record instanceof StreamRecord.Thread
                || record instanceof StreamRecord.ThreadName
                || record instanceof StreamRecord.ThreadEnd
                || record instanceof StreamRecord.ThreadAware
                || record instanceof StreamRecord.Stack;
        return ofProcess && record.header().proc() == 0
                || record instanceof StreamRecord.Module
                || record instanceof StreamRecord.ModuleGone
                || record instanceof StreamRecord.Method
                || record instanceof StreamRecord.Line
                || record instanceof StreamRecord.PythonFrame
                || record instanceof StreamRecord.Functions;
    }

    private boolean acceptProcess(StreamRecord record) {
        if (record instanceof StreamRecord.Hello first) {
            hello = first;
            forks.touchAll();
        } else if (record instanceof StreamRecord.Argument argument) {
            arguments
                    .computeIfAbsent(argument.index(), i -> new StringBuilder())
                    .append(argument.text());
        } else if (record instanceof StreamRecord.Jvm found) {
            jvm = found;
        } else if (record instanceof StreamRecord.State state) {
            sequences.counted(state.sent(), state.lost());
            forks.touch(state.header().proc());
        } else if (record instanceof StreamRecord.Bye last) {
            bye = last;
            sequences.counted(last.sent(), last.lost());
        } else if (record instanceof StreamRecord.Log log) {
            if (logs.size() < MAX_LOGS) {
                logs.add(log.text());
            }
        } else if (record instanceof StreamRecord.LockName name) {
            lockNames.add(name);
            noteLate(name);
        } else if (record instanceof StreamRecord.Snapshot part) {
            snapshots.add(part);
        } else if (record instanceof StreamRecord.Allocator said) {
            add(said);
        } else {
            return false;
        }
        return true;
    }

    private void add(StreamRecord.Allocator said) {
        boolean another = allocator.add(said, () -> forks.all().stream().mapToLong(ProcessFork::time));
        if (another) {
            generalChanges++;
            forks.touchAll();
        }
        noteLate(said);
    }

    /** What holds from some time on says something new of the forks that came after that. */
    private void noteLate(StreamRecord record) {
        if (record.header().time() <= newestFork) {
            generalChanges++;
            forks.touchAll();
        }
    }

    private boolean acceptDictionary(StreamRecord record) {
        if (record instanceof StreamRecord.Module module) {
            modules.add(module);
        } else if (record instanceof StreamRecord.ModuleGone gone) {
            modules.gone(gone);
        } else if (record instanceof StreamRecord.Stack part) {
            stacks.add(part);
            forks.touch(part.header().proc());
        } else if (record instanceof StreamRecord.Method method) {
            methods.add(method);
        } else if (record instanceof StreamRecord.Line line) {
            methods.add(line);
        } else if (record instanceof StreamRecord.PythonFrame frame) {
            stacks.add(frame);
        } else if (record instanceof StreamRecord.Functions names) {
            functions.add(names);
            forks.touchAll();
        } else if (record instanceof StreamRecord.Atfork atfork) {
            handlers.putIfAbsent(
                    new HandlerId(atfork.prepare(), atfork.parent(), atfork.child(), atfork.stack(), atfork.epoch()),
                    atfork);
        } else {
            return false;
        }
        return true;
    }

    private boolean acceptThread(StreamRecord record) {
        long proc = record.header().proc();
        if (record instanceof StreamRecord.Thread thread) {
            threads.change(proc, thread.thread()).update(thread);
        } else if (record instanceof StreamRecord.ThreadName name) {
            threads.change(proc, name.thread()).update(name);
        } else if (record instanceof StreamRecord.ThreadEnd end) {
            threads.change(proc, end.thread()).end(end);
        } else if (record instanceof StreamRecord.ThreadAware said) {
            threads.change(proc, said.thread()).update(said);
            noteLate(said);
        } else {
            return false;
        }
        return true;
    }

    /** Takes what a process may say of any fork: its own, those of its children, or the one that made itself. */
    private boolean acceptOfAnyFork(StreamRecord record) {
        if (record instanceof StreamRecord.Fork fork) {
            newestFork = Math.max(newestFork, record.header().time());
            forks.update(fork.fork(), record);
        } else if (record instanceof StreamRecord.ForkResult result) {
            forks.update(result.fork(), record);
        } else if (record instanceof StreamRecord.Reaped reaped) {
            forks.reaped(reaped);
        } else if (record instanceof StreamRecord.Hung hung) {
            forks.update(hung.fork(), record);
        } else if (record instanceof StreamRecord.Resumed resumed) {
            forks.update(resumed.fork(), record);
        } else if (record instanceof StreamRecord.Outside outside) {
            forks.update(outside.fork(), record);
        } else if (record instanceof StreamRecord.Lives lives) {
            forks.update(lives.fork(), record);
        } else if (record instanceof StreamRecord.Kill kill) {
            forks.update(kill.fork(), record);
        } else if (record instanceof StreamRecord.SignalLost lost) {
            forks.update(lost.fork(), record);
        } else if (record instanceof StreamRecord.Monitor monitor) {
            forks.update(monitor.fork(), record);
        } else if (record instanceof StreamRecord.Guard guard) {
            forks.update(guard.fork(), record);
        } else {
            return false;
        }
        return true;
    }

    /** Forgets a fork that is settled and counted, and closes the account of its child's frames. */
    public void forget(ProcessFork fork) {
        forks.forget(fork.id());
        sequences.retire(fork.id());
    }

    /** Records of a child that are known to be missing so far. */
    public long missingOf(ProcessFork fork) {
        return sequences.missingOf(fork.id());
    }

    /**
     * The thread that a process calls by this id: its own, or else the one of the nearest process above it, whose copy it
     * is; null where none has arrived.
     */
    public ProcessThread thread(long proc, long thread) {
        ProcessThread found = threads.find(proc, thread);
        while (found == null && proc != 0) {
            ProcessFork fork = forks.find(proc);
            proc = fork == null ? 0 : fork.proc();
            found = threads.find(proc, thread);
        }
        return found;
    }

    /** Grows with each record: a reader that saw the same number has seen all. */
    public long changes() {
        return changes;
    }

    /**
     * Grows with each record that may change what is to be said of any fork of the watched process itself: its threads,
     * names, ELF objects. What is told of one fork and its child touches that fork ({@link Forks#takeTouched}).
     */
    public long generalChanges() {
        return generalChanges;
    }

    /** Records that are known to be missing so far. */
    public long missing() {
        return sequences.missing();
    }

    /** Says which process it is, for the case that the first record is missing. */
    public void assumePid(long pid) {
        assumedPid = OptionalLong.of(pid);
    }

    /** The watched process; empty where neither its first record nor anybody else has told. */
    public OptionalLong pid() {
        return hello == null ? assumedPid : OptionalLong.of(hello.pid());
    }

    /** The first record; empty where it has not arrived. */
    public Optional<StreamRecord.Hello> hello() {
        return Optional.ofNullable(hello);
    }

    /** The JVM; empty where it has not arrived. */
    public Optional<StreamRecord.Jvm> jvm() {
        return Optional.ofNullable(jvm);
    }

    /** The JVM's farewell; empty where it has not arrived. */
    public Optional<StreamRecord.Bye> bye() {
        return Optional.ofNullable(bye);
    }

    /** The command line, as far as it arrived. */
    public List<String> command() {
        return arguments.values().stream().map(StringBuilder::toString).toList();
    }

    /** From the stream's time to wall time. */
    public MonotonicClock clock() {
        return hello == null
                ? MonotonicClock.UNKNOWN
                : new MonotonicClock(hello.header().time(), hello.wall());
    }

    /** Registered fork handlers, in the order of arrival, each registration once. */
    public List<StreamRecord.Atfork> handlers() {
        return new ArrayList<>(handlers.values());
    }

    /** What the agent logged, each text once. */
    public List<String> logs() {
        return List.copyOf(logs);
    }

    /** ELF objects. */
    public Modules modules() {
        return modules;
    }

    /** Stacks. */
    public Stacks stacks() {
        return stacks;
    }

    /** Java methods. */
    public Methods methods() {
        return methods;
    }

    /** Threads. */
    public Threads threads() {
        return threads;
    }

    /** Functions that are not async-signal-safe. */
    public Functions functions() {
        return functions;
    }

    /** What libraries say of their locks. */
    public LockNames lockNames() {
        return lockNames;
    }

    /** What stands behind malloc. */
    public AllocatorHistory allocator() {
        return allocator;
    }

    /** The state of the process from time to time. */
    public Snapshots snapshots() {
        return snapshots;
    }

    /** Forks. */
    public Forks forks() {
        return forks;
    }
}
