//! Distances on the surface of the earth.

/// Returns the distance in metres between two points (longitude and latitude in degrees) on the
/// ellipsoid of the earth. It uses Lambert's formula, which is accurate to a few metres over
/// thousands of kilometres.
pub fn metres_between(from: (f64, f64), to: (f64, f64)) -> f64 {
    const EQUATOR: f64 = 6_378_137.0;
    const FLATTENING: f64 = 1.0 / 298.257_223_563;
    if from == to {
        return 0.0;
    }
    let reduced = |latitude: f64| ((1.0 - FLATTENING) * latitude.to_radians().tan()).atan();
    let (b1, b2) = (reduced(from.1), reduced(to.1));
    let across = ((to.0 - from.0).to_radians() / 2.0).sin();
    let along = ((b2 - b1) / 2.0).sin();
    let haversine = (along * along + b1.cos() * b2.cos() * across * across).clamp(0.0, 1.0);
    let angle = 2.0 * haversine.sqrt().asin();
    let (p, q) = ((b1 + b2) / 2.0, (b2 - b1) / 2.0);
    let (half_cos, half_sin) = ((angle / 2.0).cos(), (angle / 2.0).sin());
    let correction = |numerator: f64, half: f64| if half == 0.0 { 0.0 } else { numerator / (half * half) };
    let x = (angle - angle.sin()) * correction((p.sin() * q.cos()).powi(2), half_cos);
    let y = (angle + angle.sin()) * correction((p.cos() * q.sin()).powi(2), half_sin);
    EQUATOR * (angle - FLATTENING / 2.0 * (x + y))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case((21.0122, 52.2297), (21.0122, 52.2297), 0.0)]
    #[case((21.0122, 52.2297), (19.456, 51.7592), 119_300.0)]
    #[case((21.0122, 52.2297), (19.945, 50.0647), 252_000.0)]
    #[case((0.0, 0.0), (0.0, 90.0), 10_001_965.7)]
    #[case((-90.0, 0.0), (90.0, 0.0), 20_003_931.5)]
    fn distances_follow_the_ellipsoid(#[case] from: (f64, f64), #[case] to: (f64, f64), #[case] metres: f64) {
        let distance = metres_between(from, to);
        assert!((distance - metres).abs() <= metres * 0.005, "{distance}");
    }
}
