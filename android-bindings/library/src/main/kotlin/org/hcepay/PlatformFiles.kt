package org.hcepay

import android.content.Context
import android.util.AtomicFile
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.ByteBuffer

/**
 * Where things lie: the wallet's own directory, and beside it what the platform keeps for it. All of it is this app's alone, is
 * never backed up, and can be read once the holder has unlocked the phone after it was switched on.
 */
internal class PlatformFiles(context: Context) {
    private val root = File(context.noBackupFilesDir, "hcepay")
    private val platform = File(root, "platform")
    private val markFile = File(platform, "mark")

    /** The wallet's own. */
    val wallet: File = File(root, "wallet")

    /** Whether the wallet was created, and that was not cut short. */
    val isCreated: Boolean get() = markFile.exists()

    /** The last mark that was stored. */
    val mark: Long get() = read(markFile)?.takeIf { it.size == Long.SIZE_BYTES }?.let { ByteBuffer.wrap(it).getLong() } ?: 0

    fun storeMark(mark: Long) = write(markFile, ByteBuffer.allocate(Long.SIZE_BYTES).putLong(mark).array())

    fun read(key: KeyFile): ByteArray? = read(File(platform, key.file))

    fun write(key: KeyFile, named: NamedKey) = write(File(platform, key.file), named.bytes())

    fun makeDirectories() {
        if (!(wallet.isDirectory || wallet.mkdirs()) || !(platform.isDirectory || platform.mkdirs())) {
            throw WalletException(Reason.STORAGE_FAILED, "the directories cannot be made")
        }
    }

    fun delete() {
        root.deleteRecursively()
    }

    private fun read(file: File): ByteArray? = try {
        AtomicFile(file).readFully()
    } catch (_: FileNotFoundException) {
        null
    } catch (cause: IOException) {
        throw WalletException(Reason.STORAGE_FAILED, "what lies beside the wallet cannot be read", cause)
    }

    private fun write(file: File, content: ByteArray) {
        val atomic = AtomicFile(file)
        try {
            val stream = atomic.startWrite()
            try {
                stream.write(content)
            } catch (cause: IOException) {
                atomic.failWrite(stream)
                throw cause
            }
            atomic.finishWrite(stream)
        } catch (cause: IOException) {
            throw WalletException(Reason.STORAGE_FAILED, "what lies beside the wallet cannot be written", cause)
        }
        // A write that failed at its end is only logged by AtomicFile.
        if (!content.contentEquals(read(file))) {
            throw WalletException(Reason.STORAGE_FAILED, "what lies beside the wallet was not written")
        }
    }
}
