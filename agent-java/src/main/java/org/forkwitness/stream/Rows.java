package org.forkwitness.stream;

/** Arrays that are tables: rows of so many numbers each. Stateless. */
final class Rows {
    private Rows() {}

    /**
     * The numbers as they are; empty where the key is missing.
     *
     * @throws DamagedFrameException where they are not whole rows
     */
    static long[] groups(Frame frame, Key key, int columns) throws DamagedFrameException {
        long[] numbers = frame.numbers(key);
        if (numbers.length % columns != 0) {
            throw new DamagedFrameException(key + " has " + numbers.length + " numbers, not groups of " + columns);
        }
        return numbers;
    }

    /**
     * The rows of numbers that were sent less the one above each.
     *
     * @throws DamagedFrameException where they are not whole rows, or one of the numbers is negative
     */
    static long[] sums(Frame frame, Key key, int columns) throws DamagedFrameException {
        long[] sums = groups(frame, key, columns).clone();
        for (int i = 0; i < sums.length; i++) {
            sums[i] += i < columns ? 0 : sums[i - columns];
            if (sums[i] < 0) {
                throw new DamagedFrameException(key + " has a negative number");
            }
        }
        return sums;
    }
}
