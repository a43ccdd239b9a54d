package org.forkwitness.symbols;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the dynamic linker knows of a file: which variable gets the address of which symbol, and where the file's own
 * symbols stand (elf(5), {@code d_tag}; the hash table of GNU). Read piece by piece. For one thread.
 */
final class DynamicSymbols {
    private static final long DT_NULL = 0;
    private static final long DT_PLTRELSZ = 2;
    private static final long DT_STRTAB = 5;
    private static final long DT_SYMTAB = 6;
    private static final long DT_RELA = 7;
    private static final long DT_RELASZ = 8;
    private static final long DT_JMPREL = 23;
    private static final long DT_GNU_HASH = 0x6ffffef5L;

    private static final int SIZEOF_DYN = 16;
    private static final int SIZEOF_RELA = 24;
    private static final int SIZEOF_SYM = 24;
    private static final int HASH_HEADER = 16;
    private static final int BLOCK = SIZEOF_RELA * 1024;
    private static final int NAME_BLOCK = 128;
    private static final int LONGEST_NAME = 1 << 15;

    private final CodeFile file;
    private final Map<Long, Long> tags;

    private DynamicSymbols(CodeFile file, Map<Long, Long> tags) {
        this.file = file;
        this.tags = tags;
    }

    /** Those of a file whose dynamic section stands there. */
    static DynamicSymbols read(CodeFile file, long address, long size) {
        Map<Long, Long> tags = new HashMap<>();
        for (long at = 0; at + SIZEOF_DYN <= size; at += SIZEOF_DYN) {
            ByteBuffer entry = file.read(address + at, SIZEOF_DYN);
            if (entry == null || entry.getLong(0) == DT_NULL) {
                break;
            }
            tags.putIfAbsent(entry.getLong(0), entry.getLong(8));
        }
        return new DynamicSymbols(file, tags);
    }

    /** The symbol whose address a variable gets; null for none. */
    String importedInto(long slot) {
        String name = imported(DT_JMPREL, DT_PLTRELSZ, slot);
        return name == null ? imported(DT_RELA, DT_RELASZ, slot) : name;
    }

    private String imported(long tableTag, long sizeTag, long slot) {
        Long table = tags.get(tableTag);
        long size = tags.getOrDefault(sizeTag, 0L);
        for (long at = 0; table != null && at + SIZEOF_RELA <= size; at += BLOCK) {
            ByteBuffer block = file.read(table + at, (int) Math.min(BLOCK, size - at));
            for (int i = 0; block != null && i + SIZEOF_RELA <= block.limit(); i += SIZEOF_RELA) {
                long symbol = block.getLong(i + 8) >>> 32;
                if (block.getLong(i) == slot && symbol != 0) {
                    return name(symbol(symbol));
                }
            }
        }
        return null;
    }

    /** The addresses of the file's own symbols of this name; several where it has versions of it. */
    List<Long> addresses(String name) {
        List<Long> addresses = new ArrayList<>(1);
        Long table = tags.get(DT_GNU_HASH);
        ByteBuffer header = table == null ? null : file.read(table, HASH_HEADER);
        if (header == null || header.getInt(0) == 0) {
            return addresses;
        }
        long buckets = table + HASH_HEADER + Integer.toUnsignedLong(header.getInt(8)) * Long.BYTES;
        long chains = buckets + Integer.toUnsignedLong(header.getInt(0)) * Integer.BYTES;
        long first = Integer.toUnsignedLong(header.getInt(4));
        int hash = hash(name);
        long bucket = Integer.remainderUnsigned(hash, header.getInt(0));
        ByteBuffer word = file.read(buckets + bucket * Integer.BYTES, Integer.BYTES);
        for (long symbol = unsigned(word); symbol >= first; symbol++) {
            word = file.read(chains + (symbol - first) * Integer.BYTES, Integer.BYTES);
            if (word == null) {
                break;
            }
            if ((word.getInt(0) | 1) == (hash | 1)) {
                ByteBuffer entry = symbol(symbol);
                if (name.equals(name(entry)) && entry.getShort(6) != 0) {
                    addresses.add(entry.getLong(8));
                }
            }
            if ((word.getInt(0) & 1) != 0) {
                break;
            }
        }
        return addresses;
    }

    private static long unsigned(ByteBuffer word) {
        return word == null ? -1 : Integer.toUnsignedLong(word.getInt(0));
    }

    /** The hash function of that table. */
    private static int hash(String name) {
        int hash = 5381;
        for (byte b : name.getBytes(StandardCharsets.ISO_8859_1)) {
            hash = hash * 33 + Byte.toUnsignedInt(b);
        }
        return hash;
    }

    private ByteBuffer symbol(long index) {
        Long table = tags.get(DT_SYMTAB);
        return table == null ? null : file.read(table + index * SIZEOF_SYM, SIZEOF_SYM);
    }

    private String name(ByteBuffer symbol) {
        Long strings = tags.get(DT_STRTAB);
        if (symbol == null || strings == null) {
            return null;
        }
        long at = strings + Integer.toUnsignedLong(symbol.getInt(0));
        StringBuilder name = new StringBuilder();
        int block = NAME_BLOCK;
        while (name.length() < LONGEST_NAME) {
            byte[] bytes = file.code(at + name.length(), block);
            if (bytes == null && block == 1) {
                return null;
            }
            if (bytes == null) {
                // The table's last name ends with the segment.
                block = 1;
                continue;
            }
            for (byte b : bytes) {
                if (b == 0) {
                    return name.toString();
                }
                name.append((char) Byte.toUnsignedInt(b));
            }
        }
        return null;
    }
}
