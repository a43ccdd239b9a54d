package org.forkwitness.suppress;

/** A pattern for a whole name: {@code *} stands for any characters or none, {@code ?} for one, all else for itself. */
record Glob(String pattern) {
    /** True where it fits the name; never for null, which is a name that is not known. */
    boolean matches(String name) {
        if (name == null) {
            return false;
        }
        int p = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.length()) {
            char c = p < pattern.length() ? pattern.charAt(p) : 0;
            if (p < pattern.length() && c == '*') {
                star = p++;
                resume = n;
            } else if (p < pattern.length() && (c == '?' || c == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                // Only the last star needs another try: what the ones before it took can stay as it is.
                p = star + 1;
                n = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
