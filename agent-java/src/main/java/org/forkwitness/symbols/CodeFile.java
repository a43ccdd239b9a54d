package org.forkwitness.symbols;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The code of an ELF file (elf(5)) and where its functions begin, read piece by piece. 64-bit, little-endian. All
 * addresses count as the file does. For one thread.
 */
final class CodeFile implements AutoCloseable {
    /** A function from its first byte to behind its last. */
    record Range(long start, long end) {
        boolean holds(long address) {
            return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
        }
    }

    private record Segment(int type, int flags, long offset, long address, long size) {}

    private static final int ELF64_LITTLE_ENDIAN = 0x0102;
    private static final int EHDR_SIZE = 64;
    private static final int PHDR_SIZE = 56;
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int PT_GNU_EH_FRAME = 0x6474e550;
    private static final int PF_X = 1;

    /** A table of pairs, each number 4 bytes, signed, from the section's beginning (LSB Core, .eh_frame_hdr). */
    private static final int SORTED_TABLE = 0x3b;

    private static final int COUNT_UDATA4 = 0x03;
    private static final int EH_FRAME_HDR_SIZE = 12;
    private static final int ROW = 8;

    private final FileChannel channel;
    private final Machine machine;
    private final List<Segment> segments;
    private final ByteBuffer ehFrameHdr;
    private final long ehFrameHdrAddress;
    private DynamicSymbols dynamicSymbols;

    private CodeFile(FileChannel channel, Machine machine, List<Segment> segments) {
        this.channel = channel;
        this.machine = machine;
        this.segments = segments;
        Segment frames = first(PT_GNU_EH_FRAME);
        this.ehFrameHdrAddress = frames == null ? 0 : frames.address;
        this.ehFrameHdr = frames == null ? null : read(frames.address, EH_FRAME_HDR_SIZE);
    }

    /**
     * Opens a file; empty where it is none of a machine that is known.
     *
     * @throws IOException where it cannot be read
     */
    static Optional<CodeFile> open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            Optional<CodeFile> file = open(channel);
            if (file.isEmpty()) {
                channel.close();
            }
            return file;
        } catch (IOException | UncheckedIOException e) {
            channel.close();
            throw e;
        }
    }

    private static Optional<CodeFile> open(FileChannel channel) throws IOException {
        ByteBuffer header = bytes(channel, 0, EHDR_SIZE);
        if (header == null || header.getInt(0) != 0x464c457f || header.getShort(4) != ELF64_LITTLE_ENDIAN) {
            return Optional.empty();
        }
        Optional<Machine> machine = Machine.of(Short.toUnsignedInt(header.getShort(18)));
        int count = Short.toUnsignedInt(header.getShort(56));
        ByteBuffer table = bytes(channel, header.getLong(32), count * PHDR_SIZE);
        if (machine.isEmpty() || table == null) {
            return Optional.empty();
        }
        List<Segment> segments = new ArrayList<>();
        for (int at = 0; at < count * PHDR_SIZE; at += PHDR_SIZE) {
            segments.add(new Segment(
                    table.getInt(at),
                    table.getInt(at + 4),
                    table.getLong(at + 8),
                    table.getLong(at + 16),
                    table.getLong(at + 32)));
        }
        return Optional.of(new CodeFile(channel, machine.get(), segments));
    }

    Machine machine() {
        return machine;
    }

    /** True where code can stand at an address. */
    boolean isCode(long address) {
        return segments.stream().anyMatch(s -> s.type == PT_LOAD && (s.flags & PF_X) != 0 && inside(s, address, 1));
    }

    /**
     * What the file has at an address; null where it has not as many bytes there.
     *
     * @throws UncheckedIOException where it cannot be read
     */
    ByteBuffer read(long address, int length) {
        for (Segment segment : segments) {
            if (segment.type == PT_LOAD && inside(segment, address, length)) {
                return bytes(segment.offset + (address - segment.address), length);
            }
        }
        return null;
    }

    /** {@link #read} as an array. */
    byte[] code(long address, int length) {
        ByteBuffer bytes = read(address, length);
        return bytes == null ? null : bytes.array();
    }

    /** The function that holds an address, by the frame descriptions; null where none tells. */
    Range function(long address) {
        if (ehFrameHdr == null
                || ehFrameHdr.get(0) != 1
                || ehFrameHdr.get(2) != COUNT_UDATA4
                || Byte.toUnsignedInt(ehFrameHdr.get(3)) != SORTED_TABLE) {
            return null;
        }
        long low = 0;
        long high = Integer.toUnsignedLong(ehFrameHdr.getInt(8));
        while (low < high) {
            long middle = (low + high) >>> 1;
            ByteBuffer row = row(middle);
            if (row == null) {
                return null;
            }
            if (Long.compareUnsigned(ehFrameHdrAddress + row.getInt(0), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Range function = low == 0 ? null : described(row(low - 1));
        return function != null && function.holds(address) ? function : null;
    }

    private ByteBuffer row(long index) {
        return read(ehFrameHdrAddress + EH_FRAME_HDR_SIZE + index * ROW, ROW);
    }

    /**
     * The function of a frame description. Its length can be read where its beginning stands there as compilers write
     * it: 4 bytes, from where it stands (DW_EH_PE_pcrel | DW_EH_PE_sdata4).
     */
    private Range described(ByteBuffer row) {
        if (row == null) {
            return null;
        }
        long start = ehFrameHdrAddress + row.getInt(0);
        long description = ehFrameHdrAddress + row.getInt(4);
        ByteBuffer fde = read(description, 16);
        if (fde == null || description + 8 + fde.getInt(8) != start) {
            return null;
        }
        return new Range(start, start + Integer.toUnsignedLong(fde.getInt(12)));
    }

    /** The symbols that the dynamic linker uses; null where it has none. */
    DynamicSymbols dynamicSymbols() {
        Segment dynamic = first(PT_DYNAMIC);
        if (dynamicSymbols == null && dynamic != null) {
            dynamicSymbols = DynamicSymbols.read(this, dynamic.address, dynamic.size);
        }
        return dynamicSymbols;
    }

    private Segment first(int type) {
        return segments.stream().filter(s -> s.type == type).findFirst().orElse(null);
    }

    private static boolean inside(Segment segment, long address, int length) {
        long offset = address - segment.address;
        return offset >= 0 && offset <= segment.size - length;
    }

    private ByteBuffer bytes(long offset, int length) {
        try {
            return bytes(channel, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
        if (offset < 0 || offset > channel.size() - length) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                return null;
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
