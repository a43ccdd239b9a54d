package org.forkwitness.symbols;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jnr.ffi.Pointer;
import org.forkwitness.jnr.LibDw;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.StackSlice;

/**
 * Unwinds stacks that were read before, by libdw: by the frame descriptions of the files, and by frame pointers where a
 * file has none for some code (elfutils 0.188, libdwfl/frame_unwind.c). Its modules are those of one epoch. libdw calls
 * back only while {@link #unwind} runs. For one thread.
 */
final class DwarfUnwinder implements AutoCloseable {
    /** More frames than any stack of a slice has: for one that leads in a circle. */
    private static final int MAX_FRAMES = 512;

    private static final int CONTINUE = 0;
    private static final int STOP = 1;
    private static final int ONLY_THREAD = 1;

    private final Libdw libdw;
    private final LibDw dw;
    private final Pointer callbacks;
    private final Pointer threadCallbacks;
    private final Pointer session;
    private final Pointer word;
    private final Map<Long, Pointer> reported = new HashMap<>();
    private boolean attached;

    /** Referred to as long as libdw may call them. */
    private final LibDw.NextThread nextThread = (dwfl, argument, thread) -> 0;

    private final LibDw.GetThread getThread = (dwfl, tid, argument, thread) -> tid == ONLY_THREAD ? 1 : 0;
    private final LibDw.MemoryRead memoryRead = (dwfl, address, result, argument) -> read(address, result);
    private final LibDw.InitialRegisters initialRegisters = (thread, argument) -> start(thread);
    private final LibDw.FrameCallback frame = (state, argument) -> add(state);

    /** Of the stack in work. */
    private HolderStack stack;

    private Machine machine;
    private final List<Long> found = new ArrayList<>();

    private DwarfUnwinder(Libdw libdw, Pointer callbacks, Pointer session) {
        this.libdw = libdw;
        this.dw = libdw.dw();
        this.callbacks = callbacks;
        this.session = session;
        this.word = libdw.allocate(Long.BYTES);
        this.threadCallbacks = libdw.allocate(LibDw.SIZEOF_DWFL_THREAD_CALLBACKS);
        threadCallbacks.putPointer(0, libdw.callback(LibDw.NextThread.class, nextThread));
        threadCallbacks.putPointer(LibDw.GET_THREAD, libdw.callback(LibDw.GetThread.class, getThread));
        threadCallbacks.putPointer(LibDw.MEMORY_READ, libdw.callback(LibDw.MemoryRead.class, memoryRead));
        threadCallbacks.putPointer(
                LibDw.SET_INITIAL_REGISTERS, libdw.callback(LibDw.InitialRegisters.class, initialRegisters));
    }

    /** An unwinder without modules; null where libdw cannot start. */
    static DwarfUnwinder open(Libdw libdw) {
        Pointer callbacks = libdw.callbacks();
        Pointer session = libdw.dw().dwfl_begin(callbacks);
        return session == null ? null : new DwarfUnwinder(libdw, callbacks, session);
    }

    /** Adds modules; those that are there already stay. */
    void add(List<UnwindModule> modules) {
        List<UnwindModule> fresh = modules.stream()
                .filter(m -> !reported.containsKey(m.module().id()))
                .toList();
        if (fresh.isEmpty()) {
            return;
        }
        dw.dwfl_report_begin_add(session);
        for (UnwindModule m : fresh) {
            Pointer module = dw.dwfl_report_elf(
                    session,
                    m.module().fileName(),
                    m.path().toString(),
                    -1,
                    m.module().bias(),
                    1);
            reported.put(m.module().id(), module);
        }
        dw.dwfl_report_end(session, null, null);
    }

    /** The function that holds a run-time address, by its symbol; null where none tells. */
    CodeFile.Range function(UnwindModule in, long address) {
        Pointer module = reported.get(in.module().id());
        Pointer offset = libdw.allocate(Long.BYTES);
        Pointer symbol = libdw.allocate(LibDw.SIZEOF_GELF_SYM);
        String name =
                module == null ? null : dw.dwfl_module_addrinfo(module, address, offset, symbol, null, null, null);
        boolean function = name != null && (symbol.getByte(LibDw.GELF_SYM_INFO) & LibDw.STT_MASK) == LibDw.STT_FUNC;
        long start = in.local(address) - offset.getLong(0);
        CodeFile.Range range = new CodeFile.Range(start, start + symbol.getLong(LibDw.GELF_SYM_SIZE));
        return function && range.holds(in.local(address)) ? range : null;
    }

    /** Return addresses from the stack's site outwards, as far as it goes; all but the site may be wrong. */
    long[] unwind(HolderStack holder, Machine of) {
        if (!attached) {
            attached = (dw.dwfl_attach_state(session, null, ONLY_THREAD, threadCallbacks, null) & 0xff) != 0;
        }
        if (!attached) {
            return new long[] {holder.site()};
        }
        stack = holder;
        machine = of;
        found.clear();
        // Its result tells no more than the frames do: it is an error that the slice ends.
        dw.dwfl_getthread_frames(session, ONLY_THREAD, frame, null);
        stack = null;
        return found.isEmpty()
                ? new long[] {holder.site()}
                : found.stream().mapToLong(Long::longValue).toArray();
    }

    private int start(Pointer thread) {
        dw.dwfl_thread_state_register_pc(thread, stack.site());
        return set(thread, machine.stackPointer(), stack.stackPointer())
                        && (stack.framePointer() == 0 || set(thread, machine.framePointer(), stack.framePointer()))
                ? 1
                : 0;
    }

    private boolean set(Pointer thread, int register, long value) {
        word.putLong(0, value);
        return (dw.dwfl_thread_state_registers(thread, register, 1, word) & 0xff) != 0;
    }

    private int add(Pointer state) {
        if ((dw.dwfl_frame_pc(state, word, null) & 0xff) == 0 || found.size() == MAX_FRAMES) {
            return STOP;
        }
        found.add(word.getLong(0));
        // Outside of all files, in generated code that is, libdw would go on by frame pointers for nothing.
        return dw.dwfl_addrmodule(session, word.getLong(0) - 1) == null ? STOP : CONTINUE;
    }

    private int read(long address, Pointer result) {
        for (StackSlice slice : stack.slices()) {
            long offset = address - slice.address();
            if (offset >= 0 && offset <= slice.bytes().length - Long.BYTES) {
                result.putLong(
                        0,
                        ByteBuffer.wrap(slice.bytes())
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong((int) offset));
                return 1;
            }
        }
        return 0;
    }

    @Override
    public void close() {
        dw.dwfl_end(session);
        Reference.reachabilityFence(callbacks);
        Reference.reachabilityFence(threadCallbacks);
        Reference.reachabilityFence(this);
    }
}
