package org.hcepay.bionic

import com.github.unidbg.Emulator
import com.github.unidbg.arm.backend.Backend
import com.github.unidbg.arm.backend.EventMemHook
import com.github.unidbg.arm.backend.UnHook
import com.github.unidbg.arm.backend.Unicorn2Factory
import com.github.unidbg.arm.context.RegisterContext
import com.github.unidbg.file.FileSystem
import com.github.unidbg.file.linux.AndroidFileIO
import com.github.unidbg.file.linux.LinuxFileSystem
import com.github.unidbg.linux.ARM64SyscallHandler
import com.github.unidbg.linux.android.AndroidARM64Emulator
import com.github.unidbg.linux.android.LogCatHandler
import com.github.unidbg.memory.SvcMemory
import com.github.unidbg.unix.UnixSyscallHandler
import com.sun.jna.Pointer
import unicorn.Arm64Const
import unicorn.UnicornConst.UC_HOOK_MEM_FETCH_UNMAPPED
import unicorn.UnicornConst.UC_HOOK_MEM_READ_UNMAPPED
import unicorn.UnicornConst.UC_HOOK_MEM_WRITE_UNMAPPED
import java.io.File
import java.nio.file.Path
import java.util.TreeMap

/**
 * The kernel under an emulated arm64 process. Files below /data are files of this machine, in `data` below [root]: unidbg only
 * pretends to lock, to rename and to wait for the medium. A call on such a file that is not here is a fault.
 */
class Kernel(root: Path) :
    AndroidARM64Emulator("org.hcepay.test", root.resolve("elsewhere").toFile(), listOf(Unicorn2Factory(false))) {
    private val data = root.resolve("data")
    private val open = HashMap<Int, OpenFile>()

    /** How often each call was made on files below /data. */
    val calls = TreeMap<String, Int>()

    /** What the next call of this name fails with. */
    val failNext = HashMap<String, Errno>()

    /** What the process wrote to Android's log: level, tag and text. */
    val log = ArrayList<String>()

    /** What went wrong in the process, or is not played here: unidbg goes on after it. */
    val faults = ArrayList<String>()

    init {
        backend.hook_add_new(MemoryFaults(), UC_HOOK_MEM_READ_UNMAPPED or UC_HOOK_MEM_WRITE_UNMAPPED or UC_HOOK_MEM_FETCH_UNMAPPED, null)
    }

    override fun createFileSystem(root: File): FileSystem<AndroidFileIO> = object : LinuxFileSystem(this, root) {
        override fun getLogCatHandler() = LogCatHandler { _, level, tag, text -> log += "$level/$tag: $text" }
    }

    override fun createSyscallHandler(memory: SvcMemory): UnixSyscallHandler<AndroidFileIO> = Calls(memory)

    override fun closeInternal() {
        super.closeInternal()
        open.values.forEach(OpenFile::close)
    }

    private inner class MemoryFaults : EventMemHook {
        override fun hook(backend: Backend, address: Long, size: Int, value: Long, user: Any?, what: EventMemHook.UnmappedType): Boolean {
            faults += "${what.name.lowercase()} at ${address.toULong().toString(16)}"
            return false
        }

        override fun onAttach(hook: UnHook) = Unit

        override fun detach() = Unit
    }

    private inner class Calls(memory: SvcMemory) : ARM64SyscallHandler(memory) {
        private var descriptor = 1000

        override fun handleUnknownSyscall(emulator: Emulator<*>, number: Int): Boolean {
            faults += "system call $number is not known"
            return false
        }

        override fun handleSyscall(emulator: Emulator<*>, number: Int): Boolean {
            val call = emulator.getContext<RegisterContext>()
            val result = try {
                onPaths(number, call) ?: open[call.getIntArg(0)]?.let { onFile(number, call, it) } ?: return false
            } catch (failed: Exception) {
                val errno = Errno.of(failed)
                if (errno == null) faults += failed.toString()
                -(errno ?: Errno.EIO).number.toLong()
            }
            emulator.backend.reg_write(Arm64Const.UC_ARM64_REG_X0, result)
            return true
        }

        /** Null where the call is on no path below /data. Numbers: Linux's asm-generic/unistd.h. */
        private fun onPaths(number: Int, call: RegisterContext): Long? = when (number) {
            35 -> below(call, 0)?.let { path ->
                count("unlinkat")
                OpenFile.unlink(path)
                0
            }
            38 -> below(call, 0)?.let { from ->
                count("renameat")
                OpenFile.rename(from, checkNotNull(below(call, 2)) { "out of /data" })
                0
            }
            56 -> below(call, 0)?.let { path ->
                count("openat")
                open[++descriptor] = OpenFile.open(path, call.getIntArg(2), call.getIntArg(3))
                descriptor.toLong()
            }
            else -> null
        }

        private fun onFile(number: Int, call: RegisterContext, file: OpenFile): Long = when (number) {
            32 -> done("flock") { file.lock(call.getIntArg(1)) }
            46 -> done("ftruncate") { file.truncate(call.getLongArg(1)) }
            57 -> done("close") {
                open.remove(call.getIntArg(0))
                file.close()
            }
            62 -> counted("lseek") { file.seek(call.getLongArg(1), call.getIntArg(2)) }
            63 -> counted("read") { file.read(call.getIntArg(2)).also { call.getPointerArg(1).write(0, it, 0, it.size) }.size.toLong() }
            64 -> counted("write") { file.write(call.getPointerArg(1).getByteArray(0, call.getIntArg(2))) }
            67 -> counted("pread64") {
                val read = file.read(call.getIntArg(2), call.getLongArg(3))
                call.getPointerArg(1).write(0, read, 0, read.size)
                read.size.toLong()
            }
            68 -> counted("pwrite64") { file.write(call.getPointerArg(1).getByteArray(0, call.getIntArg(2)), call.getLongArg(3)) }
            80 -> done("fstat") { stat(file, call.getPointerArg(1)) }
            82 -> done("fsync") { file.sync(true) }
            83 -> done("fdatasync") { file.sync(false) }
            else -> error("system call $number on a file below /data")
        }

        private fun counted(name: String, work: () -> Long): Long {
            count(name)
            return work()
        }

        private fun done(name: String, work: () -> Unit): Long {
            count(name)
            work()
            return 0
        }

        private fun count(name: String) {
            calls.merge(name, 1, Int::plus)
            failNext.remove(name)?.let { throw it.failure() }
        }

        /** The path in two arguments: from which directory, and the name. */
        private fun below(call: RegisterContext, first: Int): Path? {
            val path = call.getPointerArg(first + 1).getString(0)
            open[call.getIntArg(first)]?.takeIf { !path.startsWith("/") }?.let { return it.path.resolve(path).normalize() }
            if (!path.startsWith("/data/")) return null
            return data.resolve(path.removePrefix("/data/")).normalize().also { check(it.startsWith(data)) { path } }
        }

        /** Linux's struct stat, as far as Rust's standard library reads it. */
        private fun stat(file: OpenFile, into: Pointer) {
            into.setMemory(0, 128, 0)
            into.setInt(16, file.mode())
            into.setInt(20, file.links())
            into.setInt(24, file.owner())
            into.setLong(48, file.length())
        }
    }
}
