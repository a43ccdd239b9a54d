package org.forkwitness.stream;

/** Repairs texts before they are decoded. Stateless. */
final class Utf8 {
    private Utf8() {}

    /**
     * Replaces each byte that is no part of well-formed UTF-8 (Unicode, table 3-7) by '?'.
     *
     * @return true where {@code forbidden} was among them, in which case the text is not to be used
     */
    static boolean repair(byte[] buffer, int start, int end, byte[] forbidden) {
        int at = start;
        while (at < end) {
            int length = sequence(buffer, at, end);
            if (length == 0) {
                if (startsWith(buffer, at, end, forbidden)) {
                    return true;
                }
                buffer[at] = '?';
                length = 1;
            }
            at += length;
        }
        return false;
    }

    private static boolean startsWith(byte[] buffer, int at, int end, byte[] prefix) {
        if (end - at < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (buffer[at + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    /** Length of the well-formed sequence at {@code at}, or 0. */
    private static int sequence(byte[] buffer, int at, int end) {
        int first = buffer[at] & 0xff;
        if (first < 0x80) {
            return 1;
        }
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || end - at < length) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((buffer[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int second = buffer[at + 1] & 0xff;
        boolean overlong = first == 0xe0 && second < 0xa0 || first == 0xf0 && second < 0x90;
        boolean surrogate = first == 0xed && second > 0x9f;
        boolean tooGreat = first == 0xf4 && second > 0x8f;
        return overlong || surrogate || tooGreat ? 0 : length;
    }
}
