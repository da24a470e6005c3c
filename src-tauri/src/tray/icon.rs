//! The tray's mark: one for each condition, told apart by shape as well as by colour. The drawings are made from
//! `icons/xswarm-voice.svg`.

use tauri::image::Image;
use tauri::include_image;
use wire::Condition;

use crate::platform;

pub(crate) fn mark(condition: Condition) -> Image<'static> {
    let (coloured, shape) = match condition {
        Condition::Well => (
            include_image!("../icons/tray/well.png"),
            include_image!("../icons/tray/well-shape.png"),
        ),
        Condition::Busy => (
            include_image!("../icons/tray/busy.png"),
            include_image!("../icons/tray/busy-shape.png"),
        ),
        Condition::NeedsYou => (
            include_image!("../icons/tray/needs-you.png"),
            include_image!("../icons/tray/needs-you-shape.png"),
        ),
        Condition::Off => {
            (include_image!("../icons/tray/off.png"), include_image!("../icons/tray/off-shape.png"))
        }
    };
    if platform::TRAY_TAKES_ONLY_SHAPES { shape } else { coloured }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_conditions_have_the_same_silhouette() {
        let all = [Condition::Off, Condition::Well, Condition::Busy, Condition::NeedsYou];
        let silhouette = |condition| {
            mark(condition).rgba().iter().skip(3).step_by(4).copied().collect::<Vec<u8>>()
        };
        for (index, condition) in all.into_iter().enumerate() {
            for other in &all[..index] {
                let (one, two) = (silhouette(condition), silhouette(*other));
                let differing =
                    one.iter().zip(&two).filter(|(one, two)| one.abs_diff(**two) > 128).count();
                assert!(
                    differing * 10 > one.len(),
                    "{condition:?} and {other:?} differ in {differing} points only"
                );
            }
        }
    }
}
