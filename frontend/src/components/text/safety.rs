//! Words about safety codes, and the table of their pictures.

/// How to compare.
pub const HOW: &str =
    "Read these aloud to each other. If they are the same, nobody is listening in between.";

/// There is no code yet.
pub const WAITING: &str =
    "The code comes as soon as you are connected and both browsers have agreed on it.";

/// The other side contradicts itself.
pub const CONTRADICTED: &str = "There is no code, because the two browsers do not see the same \
    connection. Somebody may be listening in between, so say nothing private here.";

/// What to do where codes differ.
pub const DIFFERENT: &str =
    "Then somebody may be listening in between, so say nothing private here.";

/// The same.
pub const ADVICE: &str = "Leave this call, begin a new one, and send its link over a way that you \
    both trust. If the codes differ there, too, do not use this server.";

/// What a mark says.
pub fn verified(name: &str) -> String {
    format!("You compared the code with {name}, so {name} is verified until this call ends.")
}

/// The 64 pictures and their names, which are those of Matrix
/// (<https://spec.matrix.org/v1.13/client-server-api/#sas-method-emoji>), in its order. One text, since
/// as many places in memory as pieces would weigh more than the pieces.
const PICTURES: &str = "\
    🐶Dog,🐱Cat,🦁Lion,🐎Horse,🦄Unicorn,🐷Pig,🐘Elephant,🐰Rabbit,🐼Panda,🐓Rooster,🐧Penguin,🐢Turtle,\
    🐟Fish,🐙Octopus,🦋Butterfly,🌷Flower,🌳Tree,🌵Cactus,🍄Mushroom,🌏Globe,🌙Moon,☁️Cloud,🔥Fire,\
    🍌Banana,🍎Apple,🍓Strawberry,🌽Corn,🍕Pizza,🎂Cake,❤️Heart,😀Smiley,🤖Robot,🎩Hat,👓Glasses,\
    🔧Spanner,🎅Santa,👍Thumbs Up,☂️Umbrella,⌛Hourglass,⏰Clock,🎁Gift,💡Light Bulb,📕Book,\
    ✏️Pencil,📎Paperclip,✂️Scissors,🔒Lock,🔑Key,🔨Hammer,☎️Telephone,🏁Flag,🚂Train,🚲Bicycle,\
    ✈️Aeroplane,🚀Rocket,🏆Trophy,⚽Ball,🎸Guitar,🎺Trumpet,🔔Bell,⚓Anchor,🎧Headphones,📁Folder,\
    📌Pin";

/// A picture of a code and its name.
pub fn picture(of: u8) -> (&'static str, &'static str) {
    let entry = PICTURES.split(',').nth(usize::from(of)).unwrap_or_default();
    let name = entry.find(|letter: char| letter.is_ascii_alphabetic());
    entry.split_at(name.unwrap_or_default())
}

const _: () = assert!(count() == 64, "six bits for each picture");

const fn count() -> usize {
    let (bytes, mut at, mut count) = (PICTURES.as_bytes(), 0, 1);
    while at < bytes.len() {
        if bytes[at] == b',' {
            count += 1;
        }
        at += 1;
    }
    count
}
