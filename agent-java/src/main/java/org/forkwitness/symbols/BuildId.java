package org.forkwitness.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The GNU build-id of an ELF file: the note of type NT_GNU_BUILD_ID and name "GNU" in a PT_NOTE segment (elf(5)), which
 * is what the agent reads in memory. Only 64-bit files of this machine's byte order, as the agent supports no others.
 */
final class BuildId {
    private static final int ELF_MAGIC = 0x7f454c46;
    private static final int EHDR_SIZE = 64;
    private static final int PHDR_SIZE = 56;
    private static final int PT_NOTE = 4;
    private static final int NT_GNU_BUILD_ID = 3;
    private static final int GNU = ByteBuffer.wrap(new byte[] {'G', 'N', 'U', 0})
            .order(ByteOrder.nativeOrder())
            .getInt();
    private static final int MAX_NOTES = 1 << 20;

    private BuildId() {}

    /** The build-id of a file; null where it has none or is no ELF file. */
    static byte[] read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = bytes(channel, 0, EHDR_SIZE);
            if (header == null
                    || header.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(0) != ELF_MAGIC
                    || header.get(4) != 2) {
                return null;
            }
            int count = Short.toUnsignedInt(header.getShort(56));
            ByteBuffer segments = bytes(channel, header.getLong(32), count * PHDR_SIZE);
            for (int i = 0; segments != null && i < count; i++) {
                int at = i * PHDR_SIZE;
                byte[] id = segments.getInt(at) == PT_NOTE
                        ? find(channel, segments.getLong(at + 8), segments.getLong(at + 32), segments.getLong(at + 48))
                        : null;
                if (id != null) {
                    return id;
                }
            }
            return null;
        }
    }

    private static byte[] find(FileChannel channel, long offset, long size, long alignment) throws IOException {
        if (size < 0 || size > MAX_NOTES) {
            return null;
        }
        ByteBuffer notes = bytes(channel, offset, (int) size);
        int align = alignment == 8 ? 8 : 4;
        int at = 0;
        while (notes != null && notes.limit() - at >= 12) {
            long name = Integer.toUnsignedLong(notes.getInt(at));
            long length = Integer.toUnsignedLong(notes.getInt(at + 4));
            long start = at + 12 + aligned(name, 4);
            if (start + length > notes.limit()) {
                return null;
            }
            if (notes.getInt(at + 8) == NT_GNU_BUILD_ID && name == 4 && notes.getInt(at + 12) == GNU) {
                byte[] id = new byte[(int) length];
                notes.get((int) start, id);
                return id;
            }
            at = (int) aligned(start + length, align);
        }
        return null;
    }

    private static long aligned(long size, int alignment) {
        return (size + alignment - 1) / alignment * alignment;
    }

    /** Bytes of the file; null where it does not have as many. */
    private static ByteBuffer bytes(FileChannel channel, long offset, int length) throws IOException {
        if (offset < 0 || offset > channel.size() - length) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                return null;
            }
        }
        return buffer.flip();
    }
}
