import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of a process, from /proc/PID/smaps and /proc/PID/status (proc(5)). */
final class Memory {
    private Memory() {}

    /** KiB of the agent's own mappings: its library and what it has mapped under its name (needs Linux 5.17). */
    static double agentKib(long pid) throws IOException {
        double total = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                ours = line.contains("forkwitness");
            } else if (ours && line.startsWith("Rss:")) {
                total += kib(line);
            }
        }
        return total;
    }

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
