import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of a process, from /proc/PID/status (proc(5)). */
final class Memory {
    private Memory() {}

    /** A size from /proc/PID/status, MiB: VmRSS is what is resident, VmHWM the most that ever was. */
    static double statusMib(long pid, String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith(field + ":")) {
                return kib(line) / 1024;
            }
        }
        throw new IOException("no " + field + " for process " + pid);
    }

    private static double kib(String line) {
        return Double.parseDouble(line.replaceAll("\\D+", ""));
    }
}
