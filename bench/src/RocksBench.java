import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The measured JVM of server-rocksdb: {@code RocksBench DIRECTORY} opens a database there. {@code run OPERATIONS} makes so
 * many from several threads and is answered when they and what the database does after them (flush, compaction) are done.
 */
final class RocksBench {
    private static final int THREADS = 2;
    private static final int KEYS = 50_000;
    private static final int VALUE_BYTES = 200;
    private static final int SCANNED = 100;
    private static final long WRITE_BUFFER = 1 << 20;

    private final RocksDB database;
    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);

    private RocksBench(RocksDB database) {
        this.database = database;
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    /** Ten writes and ten reads, then one walk over some neighbours: the same keys for the same seed. */
    private Void operate(long seed, int operations) throws RocksDBException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] value = new byte[VALUE_BYTES];
        for (int i = 0; i < operations; i++) {
            byte[] key = key(random.nextInt(KEYS));
            int kind = i % 21;
            if (kind < 10) {
                random.nextBytes(value);
                database.put(key, value);
            } else if (kind < 20) {
                database.get(key);
            } else {
                scan(key);
            }
        }
        return null;
    }

    private void scan(byte[] from) throws RocksDBException {
        try (RocksIterator iterator = database.newIterator()) {
            iterator.seek(from);
            for (int i = 0; i < SCANNED && iterator.isValid(); i++) {
                iterator.value();
                iterator.next();
            }
            iterator.status();
        }
    }

    private double[] run(int operations) throws Exception {
        List<Callable<Void>> parts = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long seed = i;
            parts.add(() -> operate(seed, operations / THREADS));
        }
        for (Future<Void> done : pool.invokeAll(parts)) {
            done.get();
        }
        try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
            database.flush(flush);
        }
        database.compactRange();
        return new double[] {operations};
    }

    public static void main(String[] arguments) throws Exception {
        RocksDB.loadLibrary();
        try (Options options = new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(WRITE_BUFFER)
                        .setMaxBackgroundJobs(2);
                RocksDB database = RocksDB.open(
                        options, Path.of(arguments[0]).resolve("data").toString())) {
            RocksBench bench = new RocksBench(database);
            Answers.serve(words -> bench.run(Integer.parseInt(words[1])));
            bench.pool.shutdown();
        }
    }
}
