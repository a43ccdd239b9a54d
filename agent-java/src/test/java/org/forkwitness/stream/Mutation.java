package org.forkwitness.stream;

import java.util.Arrays;
import java.util.Random;

/** Damages streams in the ways that files and pipes do, the same for the same seed. */
public final class Mutation {
    private Mutation() {}

    /** A damaged copy. */
    public static byte[] of(byte[] bytes, long seed) {
        Random random = new Random(seed);
        byte[] copy = bytes.clone();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            copy = once(copy, random);
        }
        return copy;
    }

    private static byte[] once(byte[] bytes, Random random) {
        if (bytes.length < 2) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int length = random.nextInt(Math.min(64, bytes.length - at) + 1);
        byte[] copy = bytes;
        switch (random.nextInt(6)) {
            case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> copy[at] = (byte) random.nextInt(256);
            case 2 -> copy = Arrays.copyOf(bytes, at);
            case 3 ->
                copy = join(
                        Arrays.copyOf(bytes, at), new byte[0], Arrays.copyOfRange(bytes, at + length, bytes.length));
            case 4 ->
                copy = join(
                        Arrays.copyOf(bytes, at),
                        Arrays.copyOfRange(bytes, at, at + length),
                        Arrays.copyOfRange(bytes, at, bytes.length));
            default -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                copy = join(Arrays.copyOf(bytes, at), noise, Arrays.copyOfRange(bytes, at, bytes.length));
            }
        }
        return copy;
    }

    private static byte[] join(byte[] a, byte[] b, byte[] c) {
        byte[] joined = Arrays.copyOf(a, a.length + b.length + c.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        System.arraycopy(c, 0, joined, a.length + b.length, c.length);
        return joined;
    }
}
