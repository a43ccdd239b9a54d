package org.forkwitness.model;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The names that a thread had. The JVM is asked for them from time to time, so that a name may be older than the moment
 * at which it was seen.
 */
final class NameHistory {
    /** TASK_COMM_LEN less the closing NUL (prctl(2), PR_SET_NAME): the kernel keeps so many bytes of a name. */
    private static final int KERNEL_BYTES = 15;

    private final TreeMap<Long, String> byTime = new TreeMap<>();

    void add(String name, long time) {
        if (name != null) {
            byTime.put(time, name);
        }
    }

    /** The newest; null where there is none. */
    String last() {
        return byTime.isEmpty() ? null : byTime.lastEntry().getValue();
    }

    /** What was said last before that time; null where nothing was. */
    String before(long time) {
        Map.Entry<Long, String> before = byTime.floorEntry(time);
        return before == null ? null : before.getValue();
    }

    /**
     * The name that was seen last before that time, unless the kernel's name of that time says that the thread had been
     * renamed since: a thread that names itself gives the kernel the same name, cut short (HotSpot,
     * os::set_native_thread_name).
     */
    String at(long time, String kernelName) {
        Map.Entry<Long, String> before = byTime.floorEntry(time);
        if (before != null && isCutTo(before.getValue(), kernelName)) {
            return before.getValue();
        }
        return byTime.tailMap(time, false).values().stream()
                .filter(name -> isCutTo(name, kernelName))
                .findFirst()
                .orElseGet(() -> before != null ? before.getValue() : byTime.isEmpty() ? kernelName : first());
    }

    /**
     * The same for a thread that is not the JVM's to name, where the kernel's name of that time is not known. Until it
     * names itself a thread has the name of its creator (clone(2) copies it), so that the first one counts only where no
     * other one ever came.
     */
    String atWithoutKernelName(long time) {
        Map.Entry<Long, String> before = byTime.floorEntry(time);
        boolean creators = before != null && before.getKey().equals(byTime.firstKey());
        Map.Entry<Long, String> after = before == null || creators ? byTime.higherEntry(time) : null;
        Map.Entry<Long, String> best = after != null ? after : before;
        return best == null ? null : best.getValue();
    }

    private String first() {
        return byTime.firstEntry().getValue();
    }

    /** JDK 22 and newer keep the end of a long name too, and write ".." for what is left out. */
    private static boolean isCutTo(String name, String kernelName) {
        byte[] whole = name.getBytes(StandardCharsets.UTF_8);
        String cut = new String(whole, 0, Math.min(whole.length, KERNEL_BYTES), StandardCharsets.UTF_8);
        int dots = kernelName.indexOf("..");
        return cut.equals(kernelName)
                || dots > 0
                        && whole.length > KERNEL_BYTES
                        && name.startsWith(kernelName.substring(0, dots))
                        && name.endsWith(kernelName.substring(dots + 2));
    }
}
