package org.hcepay.bionic

import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.LinkOption.NOFOLLOW_LINKS
import java.nio.file.OpenOption
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.CREATE_NEW
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermission
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.ConcurrentHashMap

/** What stands behind a file descriptor: a file or a directory of this machine. */
internal class OpenFile private constructor(val path: Path, private val channel: FileChannel, private val appends: Boolean) {
    fun read(most: Int): ByteArray {
        val bytes = ByteBuffer.allocate(most)
        return bytes.array().copyOf(maxOf(0, channel.read(bytes)))
    }

    fun write(bytes: ByteArray): Long {
        if (appends) channel.position(channel.size())
        return channel.write(ByteBuffer.wrap(bytes)).toLong()
    }

    fun read(most: Int, at: Long): ByteArray {
        val bytes = ByteBuffer.allocate(most)
        return bytes.array().copyOf(maxOf(0, channel.read(bytes, at)))
    }

    fun write(bytes: ByteArray, at: Long): Long = channel.write(ByteBuffer.wrap(bytes), at).toLong()

    fun seek(offset: Long, whence: Int): Long {
        channel.position(offset + listOf(0, channel.position(), channel.size())[whence])
        return channel.position()
    }

    fun truncate(length: Long) {
        check(length <= channel.size()) { "a file is made longer" }
        channel.truncate(length)
    }

    fun sync(withItsNames: Boolean) = channel.force(withItsNames)

    fun length(): Long = channel.size()

    /** st_mode: what it is, and for whom. */
    fun mode(): Int = Files.getAttribute(path, "unix:mode") as Int

    fun links(): Int = (Files.getAttribute(path, "unix:nlink") as Number).toInt()

    fun owner(): Int = (Files.getAttribute(path, "unix:uid") as Number).toInt()

    /** The lock goes with the descriptor, hence with the process. Java locks no directories. */
    fun lock(operation: Int) {
        when (operation) {
            EXCLUSIVE_OR_FAIL -> if (locked.putIfAbsent(path, this) != null) throw Errno.EAGAIN.failure()
            UNLOCK -> locked.remove(path, this)
            else -> error("flock $operation")
        }
    }

    fun close() {
        locked.remove(path, this)
        channel.close()
    }

    companion object {
        private const val EXCLUSIVE_OR_FAIL = 2 or 4
        private const val UNLOCK = 8

        /** Who holds the lock of a file or a directory. */
        private val locked = ConcurrentHashMap<Path, OpenFile>()

        /** Flags: Linux's asm-generic/fcntl.h. */
        fun open(path: Path, flags: Int, mode: Int): OpenFile {
            val options = HashSet<OpenOption>()
            if (flags and 3 != 1) options += READ
            if (flags and 3 != 0) options += WRITE
            if (flags and 0x40 != 0) options += if (flags and 0x80 != 0) CREATE_NEW else CREATE
            if (flags and 0x200 != 0) options += TRUNCATE_EXISTING
            if (flags and 0x8000 != 0) options += NOFOLLOW_LINKS
            val permissions = PosixFilePermission.entries.filterIndexed { index, _ -> mode shr (8 - index) and 1 != 0 }.toSet()
            val makes = CREATE in options || CREATE_NEW in options
            val attributes = if (makes) arrayOf(PosixFilePermissions.asFileAttribute(permissions)) else emptyArray()
            return OpenFile(path, FileChannel.open(path, options, *attributes), flags and 0x400 != 0)
        }

        fun unlink(path: Path) = Files.delete(path)

        fun rename(from: Path, to: Path) {
            Files.move(from, to, ATOMIC_MOVE)
        }
    }
}
