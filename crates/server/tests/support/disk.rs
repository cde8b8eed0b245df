//! A disk of the test's own, whose power can be cut: ext4 on a loop device on a file in memory. The journal is
//! written every 300 s only, so what reaches the file in time is what the program forced onto the disk.
//!
//! All mounts are below a temporary directory, and are undone when the disk is dropped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::patience::{Patience, eventually};

/// A mounted disk.
pub(crate) struct Disk {
    // Dropped first: the image is a file of the room.
    mount: Mount,
    image: Image,
    room: Room,
    cuts: usize,
}

/// What is on a disk at one moment.
pub(crate) struct Image(PathBuf);

/// A place in memory for images.
struct Room {
    mount: Mount,
    _directory: TempDir,
}

impl Disk {
    /// A new disk of so many MiB; or why there can be none on this machine.
    pub(crate) fn new(mib: u64) -> Result<Self, String> {
        let tools = ["mount", "umount", "mkfs.ext4", "cp"];
        if let Some(tool) = tools.into_iter().find(|tool| !is_installed(tool)) {
            return Err(format!("{tool} is not installed"));
        }
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={}m,mode=700", 3 * mib);
        let mount = Mount::new("whimbrel-test", directory.path(), &["-t", "tmpfs", "-o", &options])?;
        let room = Room { mount, _directory: directory };
        let image = Image(room.mount.0.join("disk-0.img"));
        std::fs::File::create(&image.0).unwrap().set_len(mib << 20).unwrap();
        let format = ["-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
        run(Command::new("mkfs.ext4").args(format).arg(&image.0)).unwrap();
        let mount = attach(&room, &image, 0)?;
        Ok(Self { mount, image, room, cuts: 0 })
    }

    /// Where the program may keep its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The root of the disk.
    pub(crate) fn path(&self) -> &Path {
        &self.mount.0
    }

    /// What would be on the disk if the power were cut now. Whoever writes must be stopped.
    pub(crate) fn image_now(&mut self) -> Image {
        self.cuts += 1;
        let copy = Image(self.room.mount.0.join(format!("disk-{}.img", self.cuts)));
        eventually("the disk is still while it is copied", || {
            let writes = self.writes();
            run(Command::new("cp").arg("--sparse=always").args([&self.image.0, &copy.0])).unwrap();
            (self.writes() == writes).then_some(())
        });
        copy
    }

    /// The power comes back: from here on the disk is this image. Nobody may have a file open.
    pub(crate) fn becomes(&mut self, image: Image) {
        let mount = attach(&self.room, &image, self.cuts).unwrap();
        drop(std::mem::replace(&mut self.mount, mount));
        std::fs::remove_file(&self.image.0).unwrap();
        self.image = image;
    }

    /// Makes the kernel find an error on this disk, after which it lets nobody write to it.
    pub(crate) fn turns_read_only(&self) {
        let trigger = format!("/sys/fs/ext4/{}/trigger_fs_error", self.device());
        std::fs::write(trigger, "test").unwrap();
    }

    /// Requests to write that the device has taken so far, finished or not.
    fn writes(&self) -> (String, String) {
        let path = format!("/sys/block/{}/stat", self.device());
        let stat = std::fs::read_to_string(path).unwrap();
        let fields: Vec<&str> = stat.split_whitespace().collect();
        // Writes that are finished, and requests under way.
        (fields[4].to_owned(), fields[8].to_owned())
    }

    fn device(&self) -> String {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        let point = self.mount.0.to_str().unwrap();
        let line = mounts.lines().find(|line| line.split(' ').nth(1) == Some(point)).unwrap();
        line.split(' ').next().unwrap().trim_start_matches("/dev/").to_owned()
    }
}

fn attach(room: &Room, image: &Image, number: usize) -> Result<Mount, String> {
    let point = room.mount.0.join(format!("disk-{number}"));
    std::fs::create_dir(&point).unwrap();
    Mount::new(image.0.to_str().unwrap(), &point, &["-o", "loop,commit=300,errors=remount-ro"])
}

/// Undone when it is dropped; the kernel then detaches the loop device by itself.
struct Mount(PathBuf);

impl Mount {
    fn new(what: &str, point: &Path, arguments: &[&str]) -> Result<Self, String> {
        run(Command::new("mount").args(arguments).arg(what).arg(point))?;
        Ok(Self(point.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let patience = Patience::of(Duration::from_secs(5));
        while run(Command::new("umount").arg(&self.0)).is_err() {
            if patience.left().is_zero() {
                let _ = run(Command::new("umount").arg("--lazy").arg(&self.0));
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether a command can be run.
pub(crate) fn is_installed(tool: &str) -> bool {
    run(Command::new("sh").args(["-c", &format!("command -v {tool}")])).is_ok()
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(why) }
}
